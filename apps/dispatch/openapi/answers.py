"""What a method answers, read from the annotation of what it returns."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from django.http.response import HttpResponseBase
from django.utils.safestring import SafeString

from ...core.annotations import hints_of
from ...core.describe import STREAMS
from ...core.http.answers import JSON
from ...core.wire_types import known_type
from ..registry import Endpoint
from ..replies import BYTES, JSON_LINES
from ..values import Html

TEXT = "text/plain"
HTML = "text/html"
ANYTHING = "*/*"
OK, EMPTY, OTHER = "200", "204", "default"
_BYTES = (bytes, bytearray, memoryview)
_UNIONS = (typing.Union, types.UnionType)


class Answer(NamedTuple):
    """One form of an answer; ``kind`` is the type that is sent as JSON, None for other media."""

    status: str
    media: str
    kind: Any = None


def answers_of(endpoint: Endpoint) -> list[Answer]:
    """Return the forms that an answer may have."""
    hints = dict(hints_of(endpoint.function))
    return list(_answers(hints.get("return", Any), html=bool(endpoint.options.html)))


def _answers(hint: Any, *, html: bool) -> Iterator[Answer]:
    kinds = _members(hint)
    plain = [kind for kind in kinds if _is_json(kind)]
    for kind in kinds:
        if kind not in plain:
            yield from _answers_of_one(kind, html=html)
    if plain:
        yield Answer(OK, JSON, known_type(reduce(or_, plain)))


def _members(hint: Any) -> list[Any]:
    if typing.get_origin(hint) is typing.Annotated:
        return _members(typing.get_args(hint)[0])
    if typing.get_origin(hint) not in _UNIONS:
        return [hint]
    return [one for member in typing.get_args(hint) for one in _members(member)]


def _answers_of_one(kind: Any, *, html: bool) -> Iterator[Answer]:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind in (Any, object) or _is_a(kind, HttpResponseBase):
        yield from (Answer(status, ANYTHING) for status in (OK, OTHER))
    elif kind is type(None):
        yield Answer(EMPTY, "")
    elif _is_text(kind):
        yield from _texts(kind, html=html)
    elif _is_a(kind, *_BYTES):
        yield Answer(OK, BYTES)
    elif kind in STREAMS or origin in STREAMS:
        yield from _pieces(arguments[0] if arguments else Any, html=html)
    else:  # (body, status) or (body, status, headers)
        yield from (one._replace(status=OTHER) for one in _answers(arguments[0], html=html))


def _texts(kind: Any, *, html: bool) -> Iterator[Answer]:
    """A str may turn out to be the HTML of a template, which is a str, too."""
    if not (html or _is_a(kind, Html, SafeString)):
        yield Answer(OK, TEXT)
    yield Answer(OK, HTML)


def _pieces(item: Any, *, html: bool) -> Iterator[Answer]:
    if any(_is_text(one) or known_type(one) is Any for one in _members(item)):
        yield from _texts(str, html=html)
    if not _is_text(item):
        if item is Any or _is_a(item, *_BYTES):
            yield Answer(OK, BYTES)
        if not _is_a(item, *_BYTES):
            yield Answer(OK, JSON_LINES)


def _is_json(kind: Any) -> bool:
    origin = typing.get_origin(kind)
    if origin is tuple and _has_a_status(kind):
        return False
    if kind in (Any, object, type(None), *STREAMS) or origin in STREAMS:
        return False
    return not _is_text(kind) and not _is_a(kind, HttpResponseBase, *_BYTES)


def _is_text(kind: Any) -> bool:
    if typing.get_origin(kind) is typing.Literal:
        return all(isinstance(value, str) for value in typing.get_args(kind))
    return _is_a(kind, str)


def _has_a_status(kind: Any) -> bool:
    arguments = typing.get_args(kind)
    return 2 <= len(arguments) <= 3 and arguments[1] is int


def _is_a(kind: Any, *wanted: type) -> bool:
    return inspect.isclass(kind) and issubclass(kind, wanted)
