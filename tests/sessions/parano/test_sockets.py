"""Sockets of apps in parano mode: what is not the next message of the page closes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from tests.sessions.client import Page, Visitor, connect_as
from tests.sessions.parano.page_side import PageSeal, seal_of
from tests.sessions.site import Site

pytestmark = pytest.mark.once

Open = Callable[..., tuple[ClientConnection, PageSeal]]


@contextmanager
def sealed(page: Page, *, key: str | None = None) -> Iterator[tuple[ClientConnection, PageSeal]]:
    seal = seal_of(page, "socket")
    path = f"{page.config['socket']}?tab=t&v={page.config['version']}&key={seal.key if key is None else key}"
    with connect_as(page.visitor, f"ws{page.visitor.site.url[4:]}{path}") as socket:
        theirs = json.loads(socket.recv(10))
        yield socket, seal.finish(theirs["key"])


def closes(socket: ClientConnection) -> int | None:
    """Return the code with which the server closes the socket, after what it has said before."""
    with pytest.raises(ConnectionClosed):
        while True:
            socket.recv(10)
    return socket.close_code


def hear(socket: ClientConnection, seal: PageSeal) -> dict[str, Any]:
    frame = socket.recv(10)
    assert isinstance(frame, bytes)
    said: dict[str, Any] = json.loads(seal.open(frame))
    return said


def click(page: Page, name: str = "add") -> str:
    return json.dumps(page.message(name))


@pytest.fixture
def page(visitor: Visitor) -> Page:
    return visitor.page("sealed")


def test_an_interaction_is_done_and_answered(any_site: Site, come: Callable[..., Visitor]) -> None:
    page = come(to=any_site).page("sealed")
    with sealed(page) as (socket, seal):
        for number in (1, 2):
            socket.send(seal.seal(click(page)))
            assert f">{number}</b>" in str(hear(socket, seal)["update"])
        socket.send(seal.seal("{}"))
        assert hear(socket, seal) == {}
    assert page.reload().shown() == "2"


def test_a_message_that_comes_again_closes_the_socket(page: Page) -> None:
    with sealed(page) as (socket, seal):
        frame = seal.seal(click(page))
        socket.send(frame)
        hear(socket, seal)
        socket.send(frame)
        assert closes(socket) == 4400
    assert page.reload().shown() == "1"


def test_messages_in_another_order_close_the_socket(page: Page) -> None:
    with sealed(page) as (socket, seal):
        first, second = seal.seal(click(page)), seal.seal(click(page))
        socket.send(second)
        with suppress(ConnectionClosed):
            socket.send(first)
        assert closes(socket) == 4400
    assert page.reload().shown() == "0"


@pytest.mark.parametrize("place", [0, 7, 8, 30, -1])
def test_a_changed_byte_closes_the_socket(page: Page, place: int) -> None:
    with sealed(page) as (socket, seal):
        frame = bytearray(seal.seal(click(page)))
        frame[place] ^= 1
        socket.send(bytes(frame))
        assert closes(socket) == 4400
    assert page.reload().shown() == "0"


@pytest.mark.parametrize("frame", [b"", b"\0" * 7, b"\0" * 24, "text", ""])
def test_what_is_no_sealed_message_closes_the_socket(page: Page, frame: Any) -> None:
    with sealed(page) as (socket, _):
        socket.send(frame)
        assert closes(socket) == 4400


def test_clear_text_closes_the_socket(page: Page) -> None:
    with sealed(page) as (socket, _):
        socket.send(click(page))
        assert closes(socket) == 4400
    assert page.reload().shown() == "0"


@pytest.mark.parametrize("key", ["", "AAAA", "A" * 43, "ä", "=" * 44, "%00" * 32])
def test_a_socket_without_a_key_is_told_nothing(page: Page, key: str) -> None:
    url = f"ws{page.visitor.site.url[4:]}{page.config['socket']}?tab=t&v=-1&key={key}"
    with connect_as(page.visitor, url) as socket:
        assert closes(socket) == 4400


def test_a_socket_of_another_session_understands_nothing(page: Page, come: Callable[..., Visitor]) -> None:
    other = come().page("sealed")
    with sealed(page) as (socket, seal), sealed(other) as (other_socket, _):
        other_socket.send(seal.seal(click(page)))
        assert closes(other_socket) == 4400
        assert socket.close_code is None


def test_a_recorded_socket_cannot_be_played_again(page: Page) -> None:
    with sealed(page) as (socket, seal):
        frame = seal.seal(click(page))
        socket.send(frame)
        hear(socket, seal)
    with sealed(page, key=seal.key) as (socket, _):
        socket.send(frame)
        assert closes(socket) == 4400
    assert page.reload().shown() == "1"


def test_pushes_are_sealed(visitor: Visitor) -> None:
    page = visitor.page("sealed-pusher")
    with sealed(page) as (socket, seal):
        socket.send(seal.seal(click(page, "push")))
        heard = [hear(socket, seal) for _ in range(4)]
        assert ">3</b>" in str(heard)


def test_an_asgi_application_is_not_served_in_clear(visitor: Visitor) -> None:
    assert visitor.get("/apps/sealed-echo/").status_code == 503
    with connect_as(visitor, f"ws{visitor.site.url[4:]}/apps/sealed-echo/ws") as socket:
        assert closes(socket) == 4403
