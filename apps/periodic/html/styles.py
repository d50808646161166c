"""Declarations of a style attribute: which are safe, and the attribute with some of them changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..exceptions import UnsafeStyle
from .attributes import escape_attribute
from .tokens import REFERENCE, unescape_attribute
from .urls import unsafe_scheme

StyleValue = str | int | float | None

_PROPERTY = re.compile(r"--[A-Za-z0-9_\-]+|-?[A-Za-z][A-Za-z0-9\-]*")
_FORBIDDEN_VALUE = re.compile(
    r"[;{}\\\x00-\x1f\x7f]|</|/\*|<!--|expression\s*\(|javascript\s*:|@import", re.IGNORECASE
)
_FORBIDDEN_PROPERTIES = frozenset({"behavior", "-ms-behavior", "-moz-binding"})
_URL = re.compile(r"url\(\s*(\"[^\"]*\"|'[^']*'|[^)]*)", re.IGNORECASE)
_CSS_TOKEN = re.compile(
    r"/\*.*?(?:\*/|(\Z))|\"(?:[^\"\\]|\\.)*+(?:\"|(\\?+\Z))|'(?:[^'\\]|\\.)*+(?:'|(\\?+\Z))|\\.|[\[\](){};]",
    re.DOTALL,
)
"""Groups 1, 2 and 3 stand for a comment or string that the text ends in."""
_HEAD = re.compile(r"((?:\s|/\*.*?\*/)*+)([^\s:/;]*+)(\s*+:\s*+)?+", re.DOTALL)
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def check_declaration(name: str, value: StyleValue) -> None:
    """Raise UnsafeStyle unless this is one property with one value that ends where it seems to."""
    if not _PROPERTY.fullmatch(name) or name.lower() in _FORBIDDEN_PROPERTIES:
        raise UnsafeStyle(f"{name!r} is not a style property; give names like 'color' or '--level'.")
    text = style_text(value)
    found = _FORBIDDEN_VALUE.search(text)
    if found:
        raise UnsafeStyle(f"The value {text[:80]!r} of {name!r} holds {found[0]!r}; give one plain value.")
    if not _is_complete(text):
        raise UnsafeStyle(f"The value {text[:80]!r} of {name!r} leaves a quote or bracket open; close it.")
    for url in _URL.finditer(text):
        if scheme := unsafe_scheme(url[1].strip("\"'")):
            raise UnsafeStyle(
                f"{name!r} has a URL with the scheme {scheme!r}; use http, https or a relative one."
            )


def style_text(value: StyleValue) -> str:
    """Return the value as CSS text; "" asks for the property to be removed."""
    return "" if value is None else str(value).strip()


def new_style(changes: Mapping[str, StyleValue], encoding: str, *, quote: bytes) -> bytes:
    """Return a style attribute's value, escaped, with these declarations alone."""
    texts = {name: style_text(value) for name, value in changes.items()}
    joined = "; ".join(f"{name}: {text}" for name, text in texts.items() if text)
    return escape_attribute(joined, encoding, quote=quote)


def merge_style(old: bytes, changes: Mapping[str, StyleValue], encoding: str, *, quote: bytes) -> bytes:
    """Return the escaped value ``old`` of a style attribute with these declarations set.

    A property that is there gets its new value in its place, others are added at the end, one with
    an empty value or None goes; the bytes of all others stay. Raises UnsafeStyle if the old value
    ends in an open quote, bracket or comment, which would swallow what is added.
    """
    raw = old.decode("latin-1")
    declarations = list(_declarations(raw))
    for name, value in changes.items():
        text = style_text(value)
        new = escape_attribute(text, encoding, quote=quote).decode("latin-1")
        _set_declaration(declarations, name, new)
    return "".join(declaration.text() for declaration in declarations).encode("latin-1")


@dataclass(slots=True)
class _Declaration:
    """One stretch of a style attribute with the ``;`` that ends it, cut around name and value."""

    before: str
    name: str
    colon: str
    value: str
    after: str
    is_ended: bool

    def text(self) -> str:
        return self.before + self.name + self.colon + self.value + self.after

    def is_called(self, name: str) -> bool:
        own = unescape_attribute(self.name)
        return own == name if name.startswith("--") else own.lower() == name.lower()


def _set_declaration(declarations: list[_Declaration], name: str, new: str) -> None:
    same = [declaration for declaration in declarations if declaration.is_called(name)]
    for declaration in same[:-1] if new else same:
        declarations.remove(declaration)
    if not new:
        return
    if same:
        same[-1].value = new
        return
    last = declarations[-1] if declarations else None
    if last and last.name and not last.is_ended:
        last.after, last.is_ended = last.after + ";", True
    before = " " if last and not last.text()[-1:].isspace() else ""
    declarations.append(_Declaration(before, name, ": ", new, "", is_ended=False))


def _declarations(raw: str) -> Iterator[_Declaration]:
    start = 0
    for semicolon, end in _ends(raw):
        yield _declaration(raw[start:semicolon], raw[semicolon:end])
        start = end
    if start < len(raw):
        yield _declaration(raw[start:], "")


def _declaration(raw: str, semicolon: str) -> _Declaration:
    head = _HEAD.match(raw)
    assert head is not None, "every part of the expression may be empty"
    rest = raw[head.end() :]
    value = rest.rstrip()
    after = rest[len(value) :] + semicolon
    return _Declaration(head[1], head[2], head[3] or "", value, after, is_ended=bool(semicolon))


def _ends(raw: str) -> Iterator[tuple[int, int]]:
    """Yield where each ``;`` that ends a declaration begins and ends, character references understood."""
    text, offsets = _decoded(raw)
    if not _is_complete(text):
        raise UnsafeStyle(
            "The tag's style attribute leaves a quote, bracket or comment open; mend it or replace all of it."
        )
    depth = 0
    for match in _CSS_TOKEN.finditer(text):
        if match[0] in _CLOSING:
            depth += 1
        elif match[0] in (")", "]", "}"):
            depth -= 1
        elif match[0] == ";" and depth == 0:
            yield offsets[match.start()], offsets[match.end()]


def _decoded(raw: str) -> tuple[str, list[int]]:
    """Return the value without character references, and the offset in ``raw`` of each of its characters."""
    pieces, offsets, position = [], [], 0
    for match in REFERENCE.finditer(raw):
        decoded = unescape_attribute(match[0])
        pieces += [raw[position : match.start()], decoded]
        offsets += [*range(position, match.start()), *[match.start()] * len(decoded)]
        position = match.end()
    pieces.append(raw[position:])
    offsets += range(position, len(raw) + 1)
    return "".join(pieces), offsets


def _is_complete(text: str) -> bool:
    """Return whether every quote, bracket and comment of this CSS is closed."""
    expected: list[str] = []
    for match in _CSS_TOKEN.finditer(text):
        if match.lastindex is not None:
            return False
        if match[0] in _CLOSING:
            expected.append(_CLOSING[match[0]])
        elif match[0] in (")", "]", "}") and (not expected or expected.pop() != match[0]):
            return False
    return not expected
