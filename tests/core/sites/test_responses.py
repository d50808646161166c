from __future__ import annotations

import asyncio
import gc
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.core.handlers.asgi import ASGIHandler
from django.test import AsyncClient, Client
from django.utils.http import http_date
from pytest_django import Settings

from smallweb.core.http.pieces import PIECE_BYTES
from smallweb.core.sites.responses import respond

# A response that is closed looks at the connections that earlier tests of the process left open.
pytestmark = pytest.mark.django_db

PAGE = b"<!doctype html><title>start</title>"
BIG = bytes(range(256)) * (PIECE_BYTES // 256) * 3 + b"end"


@pytest.fixture(autouse=True)
def site(tmp_path: Path, settings: Settings) -> Path:
    site = tmp_path / "site"
    (site / "sub").mkdir(parents=True)
    (site / "empty").mkdir()
    (site / ".hidden").mkdir()
    (tmp_path / "blog").mkdir()
    for name, data in {
        "index.html": PAGE,
        "sub/index.html": b"sub",
        "letters.txt": b"abcdefghij",
        "big.bin": BIG,
        ".secret": b"secret",
        ".hidden/page.html": b"secret",
        ".index.html.12-0123456789ab.smallweb-tmp": b"secret",
        "nothing.txt": b"",
        "../outside.txt": b"outside",
        "../blog/index.html": b"blog",
    }.items():
        (site / name).write_bytes(data)
    settings.SMALLWEB_CORE = {"SITES": {"": site, "blog": tmp_path / "blog"}}
    settings.ROOT_URLCONF = "smallweb.core.urls"
    return site


@pytest.fixture(autouse=True)
def no_descriptor_is_left(site: Path) -> Iterator[None]:
    yield
    gc.collect()
    targets = [entry.resolve() for entry in Path("/proc/self/fd").iterdir()]
    assert not [target for target in targets if target.is_relative_to(site.parent)]


def body(response: Any) -> bytes:
    return response.getvalue() if response.streaming else bytes(response.content)


def test_a_page_is_served_with_its_validators(client: Client, site: Path) -> None:
    response = client.get("/index.html")
    assert (response.status_code, response.content) == (200, PAGE)
    assert response["Content-Type"] == "text/html"
    assert response["Content-Length"] == str(len(PAGE))
    assert response["Cache-Control"] == "no-cache"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Accept-Ranges"] == "bytes"
    assert response["Last-Modified"] == http_date((site / "index.html").stat().st_mtime)
    assert response["ETag"].startswith('"')


def test_a_folder_shows_its_index(client: Client) -> None:
    assert client.get("/").content == PAGE
    assert client.get("/sub/").content == b"sub"
    assert client.get("/blog/").content == b"blog"


@pytest.mark.parametrize("path", ["/sub", "/blog"])
def test_a_folder_without_slash_is_redirected_with_its_query(client: Client, path: str) -> None:
    response = client.get(f"{path}?a=1&b=%C3%BC")
    assert (response.status_code, response["Location"]) == (302, f"{path}/?a=1&b=%C3%BC")


@pytest.mark.parametrize(
    "path",
    [
        "/none.html",
        "/empty/",
        "/empty",
        "/.secret",
        "/.hidden/page.html",
        "/.index.html.12-0123456789ab.smallweb-tmp",
        "/../outside.txt",
        "/%2e%2e/outside.txt",
        "/sub/../index.html",
        "/index.html/",
        "/sub//index.html",
        "/a%00b",
        "/sub%5cindex.html",
        "/" + "x" * 5000,
    ],
)
def test_what_is_no_visible_file_is_not_found(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_link_is_not_followed(client: Client, site: Path) -> None:
    (site / "link.txt").symlink_to(site.parent / "outside.txt")
    (site / "up").symlink_to("..")
    assert client.get("/link.txt").status_code == client.get("/up/outside.txt").status_code == 404


def test_a_file_that_may_not_be_read_is_not_found(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refused(*args: object) -> int:
        raise PermissionError(13, "Permission denied")  # root may read everything

    monkeypatch.setattr("smallweb.core.sites.open_file.open_beneath", refused)
    assert client.get("/index.html").status_code == 404
    assert "may not read" in caplog.text


def test_the_nearest_404_page_is_shown(client: Client, site: Path) -> None:
    (site / "404.html").write_bytes(b"lost")
    (site.parent / "blog" / "404.html").write_bytes(b"lost in the blog")
    for path, content in (("/none", b"lost"), ("/sub/none", b"lost"), ("/blog/x/none", b"lost in the blog")):
        response = client.get(path)
        assert (response.status_code, response.content) == (404, content)
        assert response["Content-Type"] == "text/html"
    assert client.head("/none").content == b""


def test_an_unchanged_page_is_not_sent_again(client: Client, site: Path) -> None:
    first = client.get("/")
    for headers in ({"If-None-Match": first["ETag"]}, {"If-Modified-Since": first["Last-Modified"]}):
        response = client.get("/", headers=headers)
        assert (response.status_code, response.content) == (304, b"")
        assert (response["ETag"], response["Cache-Control"]) == (first["ETag"], "no-cache")


def test_a_replaced_page_is_sent_again_even_with_the_same_size_and_second(client: Client, site: Path) -> None:
    first = client.get("/letters.txt")
    found = (site / "letters.txt").stat()
    (site / "new.txt").write_bytes(b"ABCDEFGHIJ")
    (site / "new.txt").rename(site / "letters.txt")
    os.utime(site / "letters.txt", ns=(found.st_atime_ns, found.st_mtime_ns))
    response = client.get("/letters.txt", headers={"If-None-Match": first["ETag"]})
    assert (response.status_code, response.content) == (200, b"ABCDEFGHIJ")


def test_a_failed_precondition_is_told(client: Client) -> None:
    assert client.get("/", headers={"If-Match": '"other"'}).status_code == 412


@pytest.mark.parametrize(
    ("header", "status", "content", "content_range"),
    [
        ("bytes=2-4", 206, b"cde", "bytes 2-4/10"),
        ("bytes=-1", 206, b"j", "bytes 9-9/10"),
        ("bytes=0-1,3-4", 200, b"abcdefghij", None),
        ("nonsense", 200, b"abcdefghij", None),
        ("bytes=10-", 416, b"", "bytes */10"),
    ],
)
def test_a_range_is_served(
    client: Client, header: str, status: int, content: bytes, content_range: str | None
) -> None:
    response = client.get("/letters.txt", headers={"Range": header})
    assert (response.status_code, response.content) == (status, content)
    assert response.get("Content-Range") == content_range
    assert response["Content-Length"] == str(len(content))


def test_a_range_of_a_page_that_changed_is_the_whole_new_page(client: Client) -> None:
    first = client.get("/letters.txt")
    for condition in (first["ETag"], first["Last-Modified"]):
        response = client.get("/letters.txt", headers={"Range": "bytes=0-0", "If-Range": condition})
        assert response.status_code == 206
    for condition in ('"old"', "W/" + first["ETag"], "Thu, 01 Jan 1970 00:00:00 GMT", "nonsense"):
        response = client.get("/letters.txt", headers={"Range": "bytes=0-0", "If-Range": condition})
        assert (response.status_code, response.content) == (200, b"abcdefghij")


def test_head_tells_everything_but_the_content(client: Client) -> None:
    for path in ("/big.bin", "/index.html", "/nothing.txt"):
        whole, head = client.get(path), client.head(path, headers={"Range": "bytes=0-1"})
        assert (head.status_code, head.content) == (200, b"")
        assert dict(head.items()) == dict(whole.items())
        whole.close()


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_are_told_what_is_allowed(method: str) -> None:
    response = Client(enforce_csrf_checks=True).generic(method, "/index.html")
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


def test_a_large_file_is_streamed_under_wsgi(client: Client) -> None:
    response = client.get("/big.bin")
    assert response.streaming and body(response) == BIG
    part = client.get("/big.bin", headers={"Range": f"bytes=7-{len(BIG) - 2}"})
    assert part.streaming and body(part) == BIG[7:-1]


async def test_a_large_file_is_streamed_under_asgi(async_client: AsyncClient) -> None:
    response: Any = await async_client.get("/big.bin")
    pieces = [piece async for piece in response]
    assert b"".join(pieces) == BIG
    assert max(map(len, pieces)) == PIECE_BYTES
    response.close()


def test_a_file_cut_short_while_it_is_sent_is_an_error(client: Client, site: Path) -> None:
    response = client.get("/big.bin")
    os.truncate(site / "big.bin", 10)
    with pytest.raises(EOFError, match=r"big\.bin was cut short"):
        body(response)
    response.close()


def test_a_reader_sees_one_state_of_a_page_that_is_replaced(client: Client, site: Path) -> None:
    response = client.get("/big.bin")
    (site / "new").write_bytes(b"new")
    (site / "new").rename(site / "big.bin")
    assert body(response) == BIG
    assert body(client.get("/big.bin")) == b"new"


def opened(path: str) -> Any:
    """Return the application with a request at this path, as a server hands it over."""
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [],
        "http_version": "1.1",
    }
    communicator: Any = ApplicationCommunicator
    return communicator(ASGIHandler(), scope)


@pytest.mark.parametrize(
    "path", ["//evil.example/sub", "///sub", "//index.html", "/sub\n", "/../outside.txt"]
)
async def test_a_path_that_no_browser_sends_is_not_found(path: str) -> None:
    communicator = opened(path)
    await communicator.send_input({"type": "http.request"})
    assert (await communicator.receive_output())["status"] == 404
    await communicator.send_input({"type": "http.disconnect"})
    await communicator.wait()


async def test_a_client_that_goes_away_leaves_no_open_file() -> None:
    communicator = opened("/big.bin")
    await communicator.send_input({"type": "http.request"})
    assert (await communicator.receive_output())["status"] == 200
    await communicator.receive_output()
    await communicator.send_input({"type": "http.disconnect"})
    await communicator.wait()


async def test_a_client_that_goes_away_before_the_file_is_open_leaves_no_open_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opening, go_on, closed = asyncio.Event(), threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(*args: Any) -> Any:
        loop.call_soon_threadsafe(opening.set)
        assert go_on.wait(10)
        response: Any = respond(*args)
        response._resource_closers.append(closed.set)
        return response

    monkeypatch.setattr("smallweb.core.views.respond", slow)
    communicator = opened("/big.bin")
    await communicator.send_input({"type": "http.request"})
    await asyncio.wait_for(opening.wait(), 10)
    await communicator.send_input({"type": "http.disconnect"})
    await communicator.wait()
    go_on.set()
    await asyncio.wait_for(closed.wait(), 10)
