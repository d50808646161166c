"""The conversation that docs/channels.md shows, held with the real socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from channels.testing import WebsocketCommunicator

from smallweb.core.asgi import application
from smallweb.core.channels import Namespace, apublish, namespaces
from smallweb.core.channels.bus.base import get_bus
from tests.snippets import snippets_of
from tests.source import ROOT

SHOWN = [s for s in snippets_of(ROOT / "docs/channels.md") if s.language == "json" and s.title]
HEADERS = [(b"host", b"testserver"), (b"origin", b"http://testserver")]


@pytest.fixture
def news(tmp_path: Path, settings: Any) -> Iterator[None]:
    """The namespace of the page, on a bus that nobody has spoken on."""
    bus_url = f"sqlite:///{tmp_path / 'bus.sqlite3'}"
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "RUN_DIR": tmp_path / "run", "BUS_URL": bus_url}
    with namespaces.temporarily(Namespace(name="news", subscribe="public", retain=True, history_size=50)):
        yield
        get_bus().close()


@pytest.mark.django_db(transaction=True)
async def test_the_socket_speaks_as_shown(news: None) -> None:
    await apublish("news/local", {"headline": "The bakery opens on Sunday"})
    line = WebsocketCommunicator(application(_no_page), "/ws/", headers=HEADERS)
    assert (await line.connect())[0]
    epoch = ""
    for snippet in SHOWN:
        shown = json.loads(snippet.text)
        if snippet.title == "client":
            await line.send_to(text_data=json.dumps(shown).replace("95de52cc", epoch))
            continue
        if shown.get("method") == "rpc.event":
            await apublish("news/local", shown["params"]["data"])
        said = json.loads(await line.receive_from())
        epoch = said.get("result", {}).get("epoch", epoch) if isinstance(said.get("result"), dict) else epoch
        assert _without_chance(said, epoch) == _without_chance(shown, "95de52cc"), f"line {snippet.line}"
    await line.disconnect()


async def _no_page(*args: Any) -> None:
    raise AssertionError("Only sockets are asked for here.")


def _without_chance(value: Any, epoch: str) -> Any:
    """Leave out what is another one each time: the epoch and the time."""
    if isinstance(value, dict):
        return {key: _without_chance(item, epoch) for key, item in value.items() if key != "at"}
    if isinstance(value, list):
        return [_without_chance(item, epoch) for item in value]
    return "epoch" if value == epoch and epoch else value
