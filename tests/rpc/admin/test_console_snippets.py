"""The same call as programs make it."""

from __future__ import annotations

import json
import shlex

import pytest

from smallweb.core.redact import HIDDEN
from smallweb.rpc import serve
from smallweb.rpc.admin.console_snippets import Request, snippets, wire
from smallweb.rpc.registry import endpoints
from tests.acceptance.till.things import Till


@pytest.fixture(autouse=True)
def served() -> None:
    serve(till=Till(), attrs={"total": "rwd"})


def _texts(path: str, asked: Request) -> tuple[str, str, str]:
    curl, javascript, python = snippets(endpoints.get(path), asked, site="https://example.org")
    return curl.text, javascript.text, python.text


def test_a_call() -> None:
    curl, javascript, python = _texts("till.add", Request("call", [], {"a": 1, "b": 2}))
    words = shlex.split(curl.replace("\\\n", " "))
    assert words[:2] == ["curl", "https://example.org/rpc/"]
    assert json.loads(words[-1]) == {
        "jsonrpc": "2.0",
        "method": "till.add",
        "params": {"a": 1, "b": 2},
        "id": 1,
    }
    assert javascript == "await rpc.till.add(1, 2)"
    assert python.endswith("    print(client.call('till.add', 1, 2))")
    compile(python, "snippet", "exec")


def test_arguments_after_a_gap_go_by_name() -> None:
    asked = Request(
        "call", [], {"article": {"name": "it's"}, "how": "card", "card_token": "1", "sh-elf": "b"}
    )
    curl, javascript, python = _texts("till.buy", asked)
    assert json.loads(shlex.split(curl.replace("\\\n", " "))[-1])["params"]["article"] == {"name": "it's"}
    kwargs = f'{{"kwargs": {{"how": "card", "card_token": "{HIDDEN}", "sh-elf": "b"}}}}'
    assert javascript == f'await rpc.till.buy.with({kwargs}, {{"name": "it\'s"}})'
    assert f"how='card', card_token='{HIDDEN}', **{{'sh-elf': 'b'}}" in python
    compile(python, "snippet", "exec")


def test_more_arguments_than_have_names() -> None:
    asked = Request("call", [1, 2], {"note": "x"})
    assert wire(endpoints.get("till.buy"), asked) == (
        "rpc.call",
        {"path": "till.buy", "args": [1, 2], "kwargs": {"note": "x"}},
    )


def test_a_generator() -> None:
    _curl, javascript, python = _texts("till.count_up", Request("call", [], {"pause_s": 0.5}))
    assert javascript == "for await (const item of rpc.till.count_up.stream(0.5)) console.log(item);"
    assert "for item in client.stream('till.count_up', 0.5):\n        print(item)" in python
    compile(python, "snippet", "exec")


@pytest.mark.parametrize(
    ("asked", "method", "javascript", "python"),
    [
        (Request("get", [], {}), "rpc.get", "await rpc.till.total", "client.get('till.total')"),
        (
            Request("set", [], {}, 2.5), "rpc.set", 'await rpc.set("till.total", 2.5)',
            "client.set('till.total', 2.5)",
        ),
        (
            Request("delete", [], {}), "rpc.delete", 'await rpc.delete("till.total")',
            "client.delete('till.total')",
        ),
    ],
)  # fmt: skip
def test_attributes(asked: Request, method: str, javascript: str, python: str) -> None:
    texts = _texts("till.total", asked)
    assert f'"method": "{method}"' in texts[0]
    assert texts[1] == javascript
    assert python in texts[2]
