"""Attributes of one start tag: which may be changed, and the tag's bytes with the change."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..exceptions import UnsafeAttribute
from .encoding import encode_text
from .tokens import ATTRIBUTE, TOKEN, find_attribute
from .urls import SAFE_SCHEMES, unsafe_scheme

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:\-]*")
_URL = frozenset(
    [
        "action",
        "archive",
        "background",
        "cite",
        "classid",
        "codebase",
        "data",
        "formaction",
        "href",
        "longdesc",
        "lowsrc",
        "manifest",
        "poster",
        "profile",
        "src",
        "usemap",
        "xlink:href",
        "by",
        "from",
        "to",
        "values",
    ]
)
"""The last four are URLs in SVG animations of ``href``."""
_URL_LISTS = frozenset({"imagesrcset", "ping", "srcset"})
_FORBIDDEN = frozenset(["attributename", "http-equiv", "id", "integrity", "is", "nonce", "sandbox", "srcdoc"])
_LOADERS = frozenset({b"base", b"embed", b"link", b"object", b"script"})
"""Elements that any URL turns into code, styles or another base of the page."""
_HARMLESS = re.compile(r"(?:data|aria)-|(?:class|hidden|lang|title)$")


def check_attribute_name(name: str) -> None:
    """Raise UnsafeAttribute for what is no attribute name, runs code, or has its own kind of edit."""
    lower = name.lower()
    if not _NAME.fullmatch(name):
        raise UnsafeAttribute(
            f"{name!r} is not the name of an attribute; use letters, digits and - _ . : only."
        )
    if lower == "style":
        raise UnsafeAttribute("The style attribute has its own kind of edit; use kind 'style'.")
    if lower.startswith(("on", "xmlns")) or lower in _FORBIDDEN:
        raise UnsafeAttribute(
            f"The attribute {name!r} can run code or change what the tag is; choose another one."
        )


def check_attribute_value(name: str, value: str) -> None:
    """Raise UnsafeAttribute for a URL whose scheme is not one of http, https, mailto and tel."""
    lower = name.lower()
    if lower in _URL_LISTS:
        urls = re.split(r"[\s,;]+", value)
    elif lower in ("by", "from", "to", "values"):
        urls = value.split(";")
    else:
        urls = [value] if lower in _URL else []
    for url in urls:
        if scheme := unsafe_scheme(url):
            raise UnsafeAttribute(
                f"{name}={value[:80]!r} has the scheme {scheme!r}; give a relative URL or one with"
                f" {', '.join(sorted(SAFE_SCHEMES))}."
            )


def check_attribute_target(tag: bytes, element: bytes, name: str) -> None:
    """Raise UnsafeAttribute if this attribute on this element decides what code the page runs."""
    if _HARMLESS.match(name.lower()):
        return
    redirects = element == b"meta" and find_attribute(attributes_of(tag), b"http-equiv") is not None
    if element in _LOADERS or redirects:
        raise UnsafeAttribute(
            f"The attribute {name!r} of <{element.decode('latin-1')}> decides what the page loads or runs;"
            " edit it by hand."
        )


def attributes_of(tag: bytes) -> bytes:
    """Return the bytes between the name and the ``>`` of a start tag."""
    match = TOKEN.match(tag)
    assert match is not None, "a start tag that the tokenizer found is found again"
    return match[3]


def escape_attribute(value: str, encoding: str, *, quote: bytes) -> bytes:
    """Return the value as it stands between two of these quotes."""
    value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
    value = value.replace('"', "&quot;") if quote == b'"' else value.replace("'", "&#39;")
    return encode_text(value, encoding)


def quote_of(match: re.Match[bytes] | None) -> bytes:
    """Return the quote in which a new value of this attribute will stand."""
    return b"'" if match is not None and match[3] is not None else b'"'


def set_attributes(tag: bytes, values: Mapping[bytes, bytes]) -> bytes:
    """Return the start tag with these attributes (lower-case name: escaped value), its other bytes kept.

    A quoted value keeps its quotes, any other one gets double quotes; a new attribute goes behind
    the element's name.
    """
    token = TOKEN.match(tag)
    assert token is not None, "a start tag that the tokenizer found is found again"
    missing, parts, kept_to = dict(values), [tag[: token.end(2)]], token.start(3)
    for match in ATTRIBUTE.finditer(token[3]):
        value = missing.pop(match[1].lower(), None)
        if value is None:
            continue
        start, end, new = _replacement(match, value)
        parts += [tag[kept_to : token.start(3) + start], new]
        kept_to = token.start(3) + end
    parts[1:1] = [b" " + name + b'="' + value + b'"' for name, value in missing.items()]
    return b"".join(parts) + tag[kept_to:]


def _replacement(match: re.Match[bytes], value: bytes) -> tuple[int, int, bytes]:
    for group in (2, 3):
        if match[group] is not None:
            return match.start(group), match.end(group), value
    return match.end(1), match.end(), b'="' + value + b'"'
