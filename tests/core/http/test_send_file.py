"""Open files as answers; ranges are tried with pages, in tests/core/sites/test_responses.py."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import RequestFactory

from smallweb.core.http.pieces import AsyncPieces, made_in_thread
from smallweb.core.http.send_file import SentFile, send_file

pytestmark = pytest.mark.once


def letters(content: bytes = b"abcdef", *, size_bytes: int = 6) -> SentFile:
    return SentFile(
        name="letters",
        file=io.BytesIO(content),
        size_bytes=size_bytes,
        etag='"1"',
        modified_at=1_000_000_000,
        headers={"Content-Type": "text/x-letters", "X-More": "more"},
    )


def ask(method: str, sent: SentFile, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return send_file(RequestFactory().generic(method, "/", headers=named), sent)


def test_every_answer_has_the_headers_of_the_file() -> None:
    table: list[tuple[dict[str, str], int]] = [
        ({}, 200),
        ({"Range": "bytes=1-2"}, 206),
        ({"If_None_Match": '"1"'}, 304),
        ({"Range": "bytes=9-"}, 416),
    ]
    for headers, status in table:
        sent = letters()
        response = ask("GET", sent, **headers)
        assert (response.status_code, response["ETag"], sent.file.closed) == (status, '"1"', True)
        if status != 304:
            assert (response["Content-Type"], response["X-More"]) == ("text/x-letters", "more")


def test_conditions_and_ranges_are_for_get_and_head_alone() -> None:
    response = ask("POST", letters(), Range="bytes=1-2", If_None_Match='"1"', If_Match='"2"')
    assert (response.status_code, response.content) == (200, b"abcdef")
    assert ask("HEAD", letters(), Range="bytes=1-2").status_code == 200
    assert ask("HEAD", letters(), If_None_Match='"1"').status_code == 304


def test_a_file_shorter_than_it_was_is_an_error_and_closed() -> None:
    sent = letters(b"abc")
    with pytest.raises(EOFError, match="cut short"):
        ask("GET", sent)
    assert sent.file.closed


class Counted:
    def __init__(self) -> None:
        self.closed = 0

    def __iter__(self) -> Iterator[bytes]:
        yield b"a"
        yield b"b"

    def close(self) -> None:
        self.closed += 1


async def test_pieces_are_closed_at_the_end_and_when_nobody_reads_on() -> None:
    whole, left = Counted(), Counted()
    assert [piece async for piece in AsyncPieces(whole)] == [b"a", b"b"]
    reading: Any = aiter(AsyncPieces(left))
    await anext(reading)
    await reading.aclose()
    assert (whole.closed, left.closed) == (1, 1)


async def test_what_cannot_be_made_is_raised() -> None:
    def make() -> Any:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await made_in_thread(make)
