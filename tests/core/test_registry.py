from __future__ import annotations

import pytest

from smallweb.core.exceptions import AlreadyRegistered, NotRegistered
from smallweb.core.registry import Entry, Registry


@pytest.fixture
def tools() -> Registry[Entry]:
    tools: Registry[Entry] = Registry("tool")
    tools.register(Entry(name="hammer", origin="shop.backend.hammer"))
    tools.register(Entry(name="anvil"))
    return tools


def test_entries_are_found_by_name_in_the_order_of_registration(tools: Registry[Entry]) -> None:
    assert tools.get("hammer").origin == "shop.backend.hammer"
    assert [entry.name for entry in tools] == ["hammer", "anvil"]
    assert len(tools) == 2
    assert "anvil" in tools
    assert "saw" not in tools


def test_a_name_is_held_by_one_place(tools: Registry[Entry]) -> None:
    with pytest.raises(AlreadyRegistered, match=r"tool 'hammer': shop\.backend\.hammer and here;"):
        tools.register(Entry(name="hammer", origin="here"))


@pytest.mark.parametrize(("name", "advice"), [("hamer", "mean 'hammer'"), ("os.system", "backend.py")])
def test_an_unknown_name_is_refused_with_advice(tools: Registry[Entry], name: str, advice: str) -> None:
    with pytest.raises(NotRegistered, match=advice):
        tools.get(name)


def test_what_is_registered_for_a_while_is_gone_after(tools: Registry[Entry]) -> None:
    with pytest.raises(RuntimeError), tools.temporarily(Entry(name="saw")):
        tools.register(Entry(name="axe"))
        assert {"saw", "axe"} <= {entry.name for entry in tools}
        raise RuntimeError
    assert [entry.name for entry in tools] == ["hammer", "anvil"]
