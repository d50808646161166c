"""Requests and sockets of ASGI applications, as they pass through the web server."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import psutil
import pytest
from websockets.exceptions import ConnectionClosed

from tests.sessions.client import Visitor, connect_as
from tests.sessions.site import Site
from tests.waiting import wait_for

pytestmark = pytest.mark.once

Come = Callable[..., Visitor]


def test_a_request_comes_as_it_was_sent(any_site: Site, come: Come) -> None:
    told = come(to=any_site).get("/apps/echo/a%20b/c?x=%20y").json()
    assert (told["path"], told["root_path"]) == ("/apps/echo/a b/c", "/apps/echo")
    assert (told["query"], told["method"]) == ("x=%20y", "GET")


def test_a_body_is_passed_on_in_pieces(any_site: Site, come: Come) -> None:
    visitor = come(to=any_site)
    size = 5_000_000
    assert visitor.http.post("/apps/echo/echo", content=bytes(size)).json()["size"] == size


def test_a_body_that_is_too_large_is_refused(serve: Callable[..., Site], come: Come) -> None:
    visitor = come(to=serve(max_body_bytes=100_000))
    answer = visitor.http.post("/apps/echo/echo", content=bytes(200_000))
    assert answer.status_code == 413
    assert visitor.http.post("/apps/echo/echo", content=bytes(90_000)).status_code == 200


def test_a_client_that_sends_slowly_is_no_app_that_is_stuck(site: Site, visitor: Visitor) -> None:
    pid = visitor.get("/apps/echo/").json()["pid"]
    started = [one["started_at"] for one in site.hosted() if one["pid"] == pid]

    def pieces() -> Iterator[bytes]:
        yield b"first"
        # Longer than an interaction may take: until the host's own figures say so.
        wait_for(lambda: [one for one in site.hosted() if one["pid"] == pid and one["idle_s"] > 2.5])
        yield b"last"

    assert visitor.http.post("/apps/echo/echo", content=pieces()).json()["size"] == 9
    assert visitor.get("/apps/echo/").json()["pid"] == pid
    assert started


def test_an_answer_of_any_size_is_passed_on(any_site: Site, come: Come) -> None:
    with come(to=any_site).http.stream("GET", "/apps/echo/big") as stream:
        assert sum(len(piece) for piece in stream.iter_raw()) == 100_000_000


def test_an_answer_begins_before_its_body_is_there(visitor: Visitor) -> None:
    with visitor.http.stream("GET", "/apps/echo/late", timeout=5) as stream:
        assert stream.status_code == 200


def test_a_slow_reader_makes_an_app_wait(site: Site, visitor: Visitor) -> None:
    assert site.process is not None
    with visitor.http.stream("GET", "/apps/echo/big") as stream:
        pieces = stream.iter_raw()
        next(pieces)
        before = psutil.Process(site.process.pid).memory_info().rss
        wait_for(lambda: any(one["app"] == "echo" and one["tabs"] for one in site.hosted()))
        assert psutil.Process(site.process.pid).memory_info().rss - before < 30 * 2**20


def test_the_head_of_an_answer_is_its_head_alone(visitor: Visitor) -> None:
    answer = visitor.http.head("/apps/echo/big")
    assert (answer.status_code, answer.content) == (200, b"")
    assert visitor.http.head("/apps/counter/").status_code == 200


def test_an_answer_that_breaks_off_is_seen_to(visitor: Visitor) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        visitor.get("/apps/echo/torn")
    assert visitor.get("/apps/echo/").status_code == 200


@pytest.mark.parametrize("path", ["fail", "mute"])
def test_an_app_that_fails_says_no_more_than_that(site: Site, visitor: Visitor, path: str) -> None:
    answer = visitor.get(f"/apps/echo/{path}")
    assert (answer.status_code, answer.text) == (500, "The app failed.\n")


def test_an_app_is_told_that_its_client_has_gone(visitor: Visitor) -> None:
    with visitor.http.stream("GET", "/apps/echo/forever") as stream:
        next(stream.iter_raw())
    wait_for(lambda: visitor.get("/apps/echo/").json()["session"].get("went"))


def test_an_app_that_is_stuck_is_ended(visitor: Visitor) -> None:
    pid = visitor.get("/apps/echo/").json()["pid"]
    assert visitor.get("/apps/echo/loop").status_code in (410, 504)
    assert visitor.get("/apps/echo/").json()["pid"] != pid


def test_a_post_that_ends_the_process_is_not_repeated(visitor: Visitor) -> None:
    visitor.get("/apps/echo/")
    assert visitor.http.post("/apps/echo/die").status_code == 410
    assert visitor.get("/apps/echo/").status_code == 200


def test_a_socket_passes_texts_and_bytes(any_site: Site, come: Come) -> None:
    visitor = come(to=any_site)
    visitor.get("/apps/echo/")
    with connect_as(visitor, any_site.url.replace("http", "ws") + "/apps/echo/socket") as socket:
        socket.send("é")
        assert socket.recv(10) == "heard é"
        socket.send(b"\x00\x01")
        assert socket.recv(10) == b"\x01\x00"
        socket.send("close")
        with pytest.raises(ConnectionClosed):
            socket.recv(10)
        assert socket.close_code == 4001


def test_a_socket_whose_app_fails_is_closed(site: Site, visitor: Visitor) -> None:
    visitor.get("/apps/echo/")
    with connect_as(visitor, site.url.replace("http", "ws") + "/apps/echo/socket") as socket:
        socket.send("fail")
        with pytest.raises(ConnectionClosed):
            socket.recv(10)
        assert socket.close_code == 1011


def test_an_app_is_told_that_a_socket_has_gone_and_its_last_words_are_kept(
    site: Site, visitor: Visitor
) -> None:
    visitor.get("/apps/echo/")
    with connect_as(visitor, site.url.replace("http", "ws") + "/apps/echo/socket") as socket:
        socket.send("x")
        socket.recv(10)
    wait_for(lambda: visitor.get("/session/show").json().get("left"))


def test_a_socket_where_no_app_is_is_refused(site: Site, visitor: Visitor) -> None:
    visitor.get("/apps/counter/")
    for path, code in (("/apps/no-such-app/x", 4403), ("/apps/counter/ws", 4403), ("/elsewhere", 4404)):
        with connect_as(visitor, site.url.replace("http", "ws") + path) as socket:
            with pytest.raises(ConnectionClosed):
                socket.recv(10)
            assert socket.close_code == code, path


def test_a_view_may_serve_an_app_of_its_own(site: Site, visitor: Visitor) -> None:
    one, two = visitor.get("/handled/?a"), visitor.get("/handled/?a")
    assert "('a',)" in one.text.replace("&#x27;", "'")
    assert one.text.partition("<pre")[2] == two.text.partition("<pre")[2]
