"""Sockets of ASGI applications."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.waiting import wait_for

from .site import Site

pytestmark = pytest.mark.once


@contextmanager
def socket_of(site: Site, path: str, cookie: str, **options: Any) -> Iterator[ClientConnection]:
    url = site.url.replace("http:", "ws:") + path
    options.setdefault("origin", Origin(site.url))
    headers = {"Cookie": f"sessionid={cookie}"}
    with connect(url, additional_headers=headers, proxy=None, **options) as socket:
        yield socket


def opened(site: Site, path: str = "/apps/desk/", user: str = "") -> tuple[str, Any]:
    """Open a page; return the session's cookie and what the page says."""
    with site.visitor(user) as one:
        shown = one.get(path)
        return one.cookies["sessionid"], shown.json()


def test_texts_and_bytes_pass_both_ways(site: Site) -> None:
    cookie, _ = opened(site)
    with socket_of(site, "/apps/desk/echo", cookie) as socket:
        for message in ("a", "ä" * 10_000, "", b"\0\xff", b""):
            socket.send(message)
            assert socket.recv(10) == message


def test_the_handshake_is_the_application_s(site: Site) -> None:
    cookie, _ = opened(site)
    protocols = [Subprotocol("one"), Subprotocol("two")]
    with socket_of(site, "/apps/desk/echo", cookie, subprotocols=protocols) as socket:
        assert socket.subprotocol == "one"
        assert socket.response is not None
        assert site.server == "daphne" or socket.response.headers["x-desk"] == "1"


def test_a_socket_is_the_process_of_the_page(site: Site) -> None:
    cookie, shown = opened(site, user="ann")
    with socket_of(site, "/apps/desk/who", cookie) as socket:
        said = json.loads(socket.recv(10))
    assert said["pid"] == shown["pid"]
    assert (said["user"], said["path"]) == ("ann", "/apps/desk/who")
    assert said["url"] == site.url.replace("http:", "ws:") + "/apps/desk/who"


def test_the_application_closes_with_its_own_code(site: Site) -> None:
    cookie, _ = opened(site)
    with socket_of(site, "/apps/desk/echo", cookie) as socket:
        socket.send("close")
        with pytest.raises(ConnectionClosed) as caught:
            socket.recv(10)
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 4001
    assert caught.value.rcvd.reason == ("" if site.server == "daphne" else "as asked")


def test_a_failure_closes_the_socket(site: Site) -> None:
    cookie, _ = opened(site)
    with socket_of(site, "/apps/desk/echo", cookie) as socket:
        socket.send("fail")
        with pytest.raises(ConnectionClosed) as caught:
            socket.recv(10)
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1011


def test_a_refused_handshake_is_refused(site: Site) -> None:
    cookie, _ = opened(site)
    with pytest.raises(InvalidStatus) as caught, socket_of(site, "/apps/desk/refused", cookie):
        pass
    assert caught.value.response.status_code == 403


def test_a_socket_of_another_site_is_refused(site: Site) -> None:
    cookie, _ = opened(site)
    evil = Origin("https://evil.example")
    with pytest.raises(InvalidStatus), socket_of(site, "/apps/desk/echo", cookie, origin=evil):
        pass


def test_who_may_not_use_the_app_gets_no_socket(site: Site) -> None:
    cookie, _ = opened(site)
    with socket_of(site, "/apps/closed/echo", cookie) as socket, pytest.raises(ConnectionClosed) as caught:
        socket.recv(10)
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 4403


def test_the_application_hears_of_the_browser_s_end(site: Site) -> None:
    with site.visitor() as one:
        one.get("/apps/desk/")
        with socket_of(site, "/apps/desk/echo", one.cookies["sessionid"]) as socket:
            socket.send("a")
            socket.recv(10)
            socket.close(4321)
        wait_for(lambda: one.get("/apps/desk/left").json()["left"] == 4321)


def test_a_socket_whose_process_dies_is_closed_and_the_next_has_a_new_one(site: Site) -> None:
    cookie, shown = opened(site)
    with socket_of(site, "/apps/desk/echo", cookie) as socket:
        socket.send("a")
        socket.recv(10)
        os.kill(shown["pid"], 9)
        with pytest.raises(ConnectionClosed) as caught:
            socket.recv(10)
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 4404

    def next_pid() -> int:
        with socket_of(site, "/apps/desk/who", cookie) as socket:
            try:
                return int(json.loads(socket.recv(10))["pid"])
            except ConnectionClosed:
                return 0

    assert wait_for(next_pid) != shown["pid"]
