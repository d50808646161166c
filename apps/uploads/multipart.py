"""Forms with files (RFC 7578), piece by piece; python-multipart finds the parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from .exceptions import BadForm, TooLarge

MAX_BOUNDARY = 200
_MAX_NAME_BYTES = 1000


class Sink(Protocol):
    """What takes the bytes of a file."""

    def write(self, data: bytes) -> None: ...

    def close(self) -> None:
        """Be told that the last byte has come."""


# Field, name of the file, declared type.
OpenSink = Callable[[str, str, str], Sink]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much of a form is taken: bytes of one request, number of files and fields, bytes of all texts."""

    request_bytes: int
    files: int
    fields: int
    text_bytes: int


@dataclass
class _Part:
    """A part that is being read; a ``sink`` makes it a file. ``headers`` are raw, by lower-case names."""

    headers: dict[bytes, bytes] = field(default_factory=dict)
    name: str = ""
    sink: Sink | None = None
    is_left_out: bool = False
    text: bytearray = field(default_factory=bytearray)


class FormParser:
    """Takes a multipart body by ``feed``; the texts are then in ``fields``, in the order of the form.

    ``open_sink`` is called for each file and may refuse it. Raises BadForm, TooLarge.
    """

    def __init__(self, content_type: str, *, limits: Limits, open_sink: OpenSink) -> None:
        self.fields: list[tuple[str, str]] = []
        self.files = 0
        self._limits = limits
        self._open_sink = open_sink
        self._text_bytes = self._counted = 0
        self._part = _Part()
        self._header = bytearray()
        self._value = bytearray()
        self._is_whole = False
        self._parser = MultipartParser(_boundary(content_type), self._callbacks())

    def feed(self, data: bytes) -> None:
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise BadForm(f"The body is no multipart form: {error}") from error

    def finish(self) -> None:
        """Be told that the body has ended. Raises BadForm for one that was cut short."""
        if not self._is_whole:
            raise BadForm("The form was cut short: its last boundary is missing.")

    def _callbacks(self) -> Any:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._take_header,
            "on_header_value": self._take_value,
            "on_header_end": self._end_header,
            "on_headers_finished": self._open,
            "on_part_data": self._take_data,
            "on_part_end": self._end,
            "on_end": self._end_form,
        }

    def _begin(self) -> None:
        self._part = _Part()

    def _take_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _take_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        self._part.headers[bytes(self._header).lower()] = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _open(self) -> None:
        part = self._part
        kind, options = parse_options_header(part.headers.get(b"content-disposition"))
        name = options.get(b"name")
        if kind != b"form-data" or not name or len(name) > _MAX_NAME_BYTES:
            raise BadForm("A part of the form has no name; write Content-Disposition: form-data; name=...")
        part.name = _text(name, "name of a field")
        if "\0" in part.name:
            raise BadForm("The name of a field has a NUL character.")
        filename = _text(options.get(b"filename", b""), "name of a file")
        if not filename:
            part.is_left_out = b"filename" in options  # a file field in which nothing was chosen
            self._count_field()
            return
        self._count_file()
        declared = part.headers.get(b"content-type", b"").decode("latin-1")
        part.sink = self._open_sink(part.name, filename, declared)

    def _count_field(self) -> None:
        self._counted += 1
        if self._counted > self._limits.fields:
            raise TooLarge(f"The form has more than {self._limits.fields} fields.")

    def _count_file(self) -> None:
        self.files += 1
        if self.files > self._limits.files:
            raise TooLarge(f"The form has more than {self._limits.files} files.")

    def _take_data(self, data: bytes, start: int, end: int) -> None:
        part = self._part
        if part.sink is not None:
            part.sink.write(data[start:end])
        elif not part.is_left_out:
            self._text_bytes += end - start
            if self._text_bytes > self._limits.text_bytes:
                raise TooLarge(f"The texts of the form have more than {self._limits.text_bytes} bytes.")
            part.text += data[start:end]

    def _end(self) -> None:
        part = self._part
        if part.sink is not None:
            part.sink.close()
        elif not part.is_left_out:
            self.fields.append((part.name, _text(bytes(part.text), f"field {part.name!r:.80}")))

    def _end_form(self) -> None:
        self._is_whole = True


def _boundary(content_type: str) -> bytes:
    boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
    if not 0 < len(boundary) <= MAX_BOUNDARY:
        raise BadForm("The multipart form has no usable boundary in its Content-Type.")
    return boundary


def _text(data: bytes, what: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise BadForm(f"The {what} is no UTF-8 text.") from error
