"""Stored files as answers: ranges, conditions, and headers under which nothing in them does harm."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest
from django.test import AsyncRequestFactory, RequestFactory
from django.utils.http import http_date
from pytest_django import Settings

from smallweb.core.http.pieces import PIECE_BYTES
from smallweb.uploads import file_return
from smallweb.uploads.exceptions import NothingHere
from smallweb.uploads.models import StoredFile
from smallweb.uploads.services.blobs import get_root
from smallweb.uploads.services.serve_file import answer, serve_stored
from tests.descriptors import count_open_files
from tests.uploads.folders import body_of, keep, make_folder

pytestmark = pytest.mark.django_db

LETTERS = b"abcdefghij"
BIG = bytes(range(256)) * (PIECE_BYTES // 256) * 2 + b"end"


def ask(file: StoredFile, method: str = "GET", **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return serve_stored(RequestFactory().generic(method, "/", headers=named), file)


@pytest.fixture
def letters() -> StoredFile:
    return keep(make_folder(), "letters.txt", LETTERS)


def test_a_file_is_served_so_that_nothing_in_it_runs(letters: StoredFile) -> None:
    response = ask(letters)
    assert (response.status_code, response.content) == (200, LETTERS)
    assert dict(response.items()) == {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Disposition": 'attachment; filename="letters.txt"',
        "Content-Length": "10",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-cache",
        "Accept-Ranges": "bytes",
        "ETag": f'"{letters.sha256}"',
        "Last-Modified": http_date(letters.created_at.timestamp()),
    }


def test_ranges(letters: StoredFile) -> None:
    etag, date = f'"{letters.sha256}"', http_date(letters.created_at.timestamp())
    many = "bytes=" + ",".join(["0-0"] * 10_000)
    table: list[tuple[dict[str, str], int, bytes, str | None]] = [
        ({"Range": "bytes=0-0"}, 206, b"a", "bytes 0-0/10"),
        ({"Range": "bytes=2-4"}, 206, b"cde", "bytes 2-4/10"),
        ({"Range": "bytes=7-"}, 206, b"hij", "bytes 7-9/10"),
        ({"Range": "bytes=7-99"}, 206, b"hij", "bytes 7-9/10"),
        ({"Range": "bytes=-2"}, 206, b"ij", "bytes 8-9/10"),
        ({"Range": "bytes=-99"}, 206, LETTERS, "bytes 0-9/10"),
        ({"Range": "bytes=10-"}, 416, b"", "bytes */10"),
        ({"Range": "bytes=-0"}, 416, b"", "bytes */10"),
        ({"Range": "bytes=5-2"}, 200, LETTERS, None),
        ({"Range": "bytes=0-1,3-4"}, 200, LETTERS, None),
        ({"Range": many}, 200, LETTERS, None),
        ({"Range": "lines=0-1"}, 200, LETTERS, None),
        ({"Range": "bytes=" + "9" * 5000 + "-"}, 200, LETTERS, None),
        ({"Range": "bytes=0-0", "If_Range": etag}, 206, b"a", "bytes 0-0/10"),
        ({"Range": "bytes=0-0", "If_Range": date}, 206, b"a", "bytes 0-0/10"),
        ({"Range": "bytes=0-0", "If_Range": f"W/{etag}"}, 200, LETTERS, None),
        ({"Range": "bytes=0-0", "If_Range": '"old"'}, 200, LETTERS, None),
        ({"Range": "bytes=99-", "If_Range": '"old"'}, 200, LETTERS, None),
        ({"If_None_Match": etag}, 304, b"", None),
        ({"If_None_Match": "*"}, 304, b"", None),
        ({"If_None_Match": f'"x", W/{etag}', "Range": "bytes=0-0"}, 304, b"", None),
        ({"If_Modified_Since": date}, 304, b"", None),
        ({"If_Match": '"old"'}, 412, b"", None),
        ({"If_Match": etag}, 200, LETTERS, None),
        ({"If_Unmodified_Since": "Thu, 01 Jan 1970 00:00:01 GMT"}, 412, b"", None),
    ]
    for headers, status, content, content_range in table:
        response = ask(letters, **headers)
        assert (response.status_code, response.content) == (status, content), headers
        assert response.get("Content-Range") == content_range, headers
        if status in (200, 206):
            assert response["Content-Length"] == str(len(content))


def test_head_tells_all_but_the_content_and_a_post_gets_it_whatever_it_asks(letters: StoredFile) -> None:
    head = ask(letters, "HEAD", Range="bytes=0-0")
    assert (head.status_code, head.content) == (200, b"")
    assert dict(head.items()) == dict(ask(letters).items())
    post = ask(letters, "POST", Range="bytes=0-0", If_None_Match="*")
    assert (post.status_code, post.content) == (200, LETTERS)


def test_an_empty_file_is_served() -> None:
    empty = keep(make_folder(), "empty.txt", b"")
    assert (ask(empty).status_code, ask(empty).content) == (200, b"")
    assert ask(empty, Range="bytes=0-").status_code == 416


def test_the_type_is_one_that_no_browser_runs() -> None:
    folder = make_folder()
    file = keep(folder, "x", b"x")
    table = {
        "image/png": "image/png",
        "image/svg+xml": "text/plain; charset=utf-8",
        "text/html": "text/plain; charset=utf-8",
        "text/html; charset=x": "text/plain; charset=utf-8",
        "TEXT/HTML": "text/plain; charset=utf-8",
        "application/xhtml+xml": "text/plain; charset=utf-8",
        "text/javascript": "text/plain; charset=utf-8",
        "application/javascript": "text/plain; charset=utf-8",
        "application/xml": "text/plain; charset=utf-8",
        "text/csv": "text/plain; charset=utf-8",
        "application/json": "application/json; charset=utf-8",
        "audio/mpeg": "audio/mpeg",
        "video/mp4": "video/mp4",
        "application/pdf": "application/pdf",
        "application/zip": "application/zip",
        "application/x-msdownload": "application/octet-stream",
        "application/wasm": "application/octet-stream",
        "video/mp4\r\nSet-Cookie: a=b": "application/octet-stream",
        "multipart/form-data": "application/octet-stream",
        "": "application/octet-stream",
    }
    for given, served in table.items():
        file.content_type = given
        assert ask(file)["Content-Type"] == served, given


def test_a_name_of_any_letters_is_told_and_cannot_break_the_header() -> None:
    file = keep(make_folder(), "x", b"x")
    for path, told in {
        "sub/naïve 漢.txt": "attachment; filename*=utf-8''na%C3%AFve%20%E6%BC%A2.txt",
        'a"b\\c.txt': 'attachment; filename="a_b.txt"',
        "a\r\nSet-Cookie: x=y": 'attachment; filename="aSet-Cookie_ x=y"',
    }.items():
        file.path = path
        if '"' in path:
            assert ask(file)["Content-Disposition"].startswith('attachment; filename="')
        else:
            assert ask(file)["Content-Disposition"] == told


def test_a_large_file_is_streamed_and_closed() -> None:
    big = keep(make_folder(), "big.txt", BIG)
    before = count_open_files()
    response = ask(big)
    assert response.streaming
    assert body_of(response) == BIG
    part = ask(big, Range=f"bytes=7-{len(BIG) - 2}")
    assert body_of(part) == BIG[7:-1]
    unread = ask(big)
    for one in (response, part, unread):
        one.close()
    gc.collect()
    assert count_open_files() == before


async def test_a_large_file_is_streamed_under_asgi(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "big.bin").write_bytes(BIG)
    settings.SMALLWEB_UPLOADS = {"ROOTS": {"uploads": tmp_path}}
    request = AsyncRequestFactory().get("/")
    assert isinstance(request, ASGIRequest)
    response: Any = answer(request, file_return(tmp_path / "big.bin"))
    pieces = [piece async for piece in response]
    assert b"".join(pieces) == BIG
    assert max(map(len, pieces)) == PIECE_BYTES
    response.close()


def test_what_was_opened_is_sent_whole_though_it_is_deleted_meanwhile() -> None:
    big = keep(make_folder(), "big.txt", BIG)
    response = ask(big)
    get_root().delete(big.key)
    assert body_of(response) == BIG
    response.close()


def test_a_row_whose_bytes_are_missing_is_not_found_and_logged(
    letters: StoredFile, caplog: pytest.LogCaptureFixture
) -> None:
    get_root().delete(letters.key)
    with pytest.raises(NothingHere) as caught:
        ask(letters)
    assert letters.key not in str(caught.value)
    assert letters.key in caplog.text


def test_a_path_of_a_root_is_served_as_a_stored_file_is(tmp_path: Path, settings: Settings) -> None:
    settings.SMALLWEB_UPLOADS = {"ROOTS": {"uploads": tmp_path}}
    (tmp_path / "page.html").write_bytes(b"<script>")
    request: HttpRequest = RequestFactory().get("/")
    response: Any = answer(request, file_return(tmp_path / "page.html", attachment=False))
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["Content-Disposition"] == 'inline; filename="page.html"'
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    again = RequestFactory().get("/", headers={"If-None-Match": response["ETag"]})
    assert answer(again, file_return(tmp_path / "page.html")).status_code == 304


def test_nginx_is_told_where_the_bytes_lie(letters: StoredFile, settings: Settings) -> None:
    settings.SMALLWEB_UPLOADS = {**settings.SMALLWEB_UPLOADS, "ACCEL_REDIRECT": "/_kept/"}
    response = ask(letters, Range="bytes=0-0")
    assert (response.status_code, response.content) == (200, b"")
    key = letters.key
    assert response["X-Accel-Redirect"] == f"/_kept/uploads/stored/{key[:2]}/{key[2:4]}/{key}"
    assert response["Content-Disposition"] == 'attachment; filename="letters.txt"'


def test_files_of_a_storage_are_served_with_ranges_and_never_by_nginx(settings: Settings) -> None:
    settings.STORAGES = {
        **settings.STORAGES, "memory": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    }  # fmt: skip
    settings.SMALLWEB_UPLOADS = {
        **settings.SMALLWEB_UPLOADS, "STORAGES": {"uploads": "memory"}, "ACCEL_REDIRECT": "/_kept",
    }  # fmt: skip
    big = keep(make_folder(), "big.txt", BIG)
    assert get_root().path(big.key) is None
    assert body_of(ask(big)) == BIG
    assert body_of(ask(big, Range="bytes=5-9")) == BIG[5:10]
    assert ask(big, If_None_Match=f'"{big.sha256}"').status_code == 304
    get_root().delete(big.key)
    with pytest.raises(NothingHere):
        ask(big)
