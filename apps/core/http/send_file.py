"""Open files as answers of HTTP: conditional requests, one range, and the bytes (RFC 9110, 13 and 14)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import http_date

from .byte_range import RangeNotSatisfiable, requested_range
from .pieces import PIECE_BYTES, stream

R = TypeVar("R", bound=HttpResponseBase)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentFile:
    """One state of a file, open for reading; ``send_file`` closes it.

    ``etag`` is a strong validator, with its quotes. ``modified_at`` is in seconds of the epoch. ``headers``
    are those of every answer about it.
    """

    name: str
    file: IO[bytes]
    size_bytes: int
    etag: str
    modified_at: int
    headers: Mapping[str, str]


def send_file(request: HttpRequest, sent: SentFile) -> HttpResponseBase:
    """Answer with the file, a part of it, or why neither is wanted: 200, 206, 304, 412, 416.

    Conditions and ranges count for GET and HEAD alone. Reads the disk: called in a thread.
    """
    try:
        response = _conditional(request, sent) or _body(request, sent)
    except BaseException:
        sent.file.close()
        raise
    if not response.streaming:
        sent.file.close()
    return response


def _conditional(request: HttpRequest, sent: SentFile) -> HttpResponseBase | None:
    """Return the answer that needs no body (304, 412, HEAD), if it is one."""
    if request.method not in ("GET", "HEAD"):
        return None
    head = _with_headers(HttpResponse(), sent)
    answer = get_conditional_response(request, sent.etag, sent.modified_at, head)
    if answer is not head:
        return answer
    if request.method == "HEAD":
        head["Content-Length"] = str(sent.size_bytes)
        return head
    return None


def _body(request: HttpRequest, sent: SentFile) -> HttpResponseBase:
    try:
        part = _wanted_part(request, sent)
    except RangeNotSatisfiable:
        refusal = _with_headers(HttpResponse(status=416), sent)
        refusal["Content-Range"] = f"bytes */{sent.size_bytes}"
        return refusal
    positions = range(sent.size_bytes) if part is None else part
    response = _with_headers(_content(request, sent, positions), sent)
    response["Content-Length"] = str(len(positions))
    if part is not None:
        response.status_code = 206
        response["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{sent.size_bytes}"
    return response


def _wanted_part(request: HttpRequest, sent: SentFile) -> range | None:
    header = request.headers.get("Range")
    condition = request.headers.get("If-Range")
    if (
        request.method != "GET"
        or not header
        or condition not in (None, sent.etag, http_date(sent.modified_at))
    ):
        return None
    return requested_range(header, size_bytes=sent.size_bytes)


def _content(request: HttpRequest, sent: SentFile, positions: range) -> HttpResponseBase:
    pieces = FilePieces(sent, positions)
    if len(positions) <= PIECE_BYTES:
        return HttpResponse(b"".join(pieces))
    return stream(request, pieces)


def _with_headers(response: R, sent: SentFile) -> R:
    response["ETag"] = sent.etag
    response["Last-Modified"] = http_date(sent.modified_at)
    response["Accept-Ranges"] = "bytes"
    for name, value in sent.headers.items():
        response[name] = value
    return response


class FilePieces:
    """``positions`` of an open file, piece by piece; closes the file."""

    def __init__(self, sent: SentFile, positions: range) -> None:
        self.name = sent.name
        self.file = sent.file
        self.left = len(positions)
        self.file.seek(positions.start)

    def __iter__(self) -> Iterator[bytes]:
        """Yield pieces. Raises EOFError if the file was cut short meanwhile."""
        while self.left:
            piece = self.file.read(min(PIECE_BYTES, self.left))
            if not piece:
                raise EOFError(
                    f"{self.name} was cut short while it was sent; replace files instead of emptying them."
                )
            self.left -= len(piece)
            yield piece

    def close(self) -> None:
        self.file.close()
