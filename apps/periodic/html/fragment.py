"""Values that are HTML themselves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..exceptions import UnbalancedFragment, ValueNotEncodable, ValueOfWrongType
from .encoding import encode_text, has_all_characters
from .spans import imbalance
from .stack import Element, OpenElements, Span
from .tree import resume_inside

if TYPE_CHECKING:
    import bs4

_HOLDS_RAW_TEXT = re.compile(r"<(?:!--|script|style|xmp|iframe|noembed|noframes|plaintext)", re.IGNORECASE)


def clean_fragment(value: str | bs4.Tag) -> str:
    """Return HTML, given as text or as a BeautifulSoup tag, that stands on its own inside a ``<div>``.

    What it does is not judged: markup is for values whose source is trusted. Raises
    UnbalancedFragment if it would close an element around it or leave one open, ValueOfWrongType
    for any other value.
    """
    text = value if isinstance(value, str) else _serialise(value)
    elements = resume_inside([Element(b"body"), Element(b"div")], form_is_open=False, quirks=False)
    _check_balance(encode_text(text, "utf-8"), elements)
    return text


def encode_fragment(fragment: str, span: Span, encoding: str) -> bytes:
    """Return the bytes of this HTML for the content of this element.

    Raises UnbalancedFragment if at this very place it would close or leave open an element, and
    ValueNotEncodable if the page's encoding lacks one of its characters where no reference helps.
    """
    if _HOLDS_RAW_TEXT.search(fragment) and not has_all_characters(fragment, encoding):
        raise ValueNotEncodable(
            f"The HTML value holds a script, style or comment with characters that {encoding} lacks;"
            " write them as escapes of that language or save the page as UTF-8."
        )
    encoded = encode_text(fragment, encoding)
    _check_balance(encoded, _inside(span))
    return encoded


def _inside(span: Span) -> OpenElements:
    return resume_inside(span.context, form_is_open=span.form_is_open, quirks=span.quirks)


def _serialise(value: bs4.Tag) -> str:
    from bs4 import Tag  # costs a tenth of a second, and only this kind of value needs it

    if not isinstance(value, Tag):
        raise ValueOfWrongType(
            f"The value is {type(value).__name__}; give HTML as str or a BeautifulSoup tag."
        )
    return value.decode()


def _check_balance(fragment: bytes, elements: OpenElements) -> None:
    if fault := imbalance(fragment, elements):
        raise UnbalancedFragment(f"The HTML value does not stand on its own here: {fault}; correct it.")
