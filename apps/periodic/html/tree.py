"""The part of HTML's tree construction that decides where elements begin and end.

Tags go in, one after the other; text and comments play no part in it. What is left out: text that
browsers move out of tables, the contents of templates in detail, and pages made of frames.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from . import names
from .end_tags import close
from .stack import Element, OpenElements
from .start_tags import make_room
from .tokens import ATTRIBUTE, attribute_value, find_attribute

__all__ = ["close", "open_element", "resume_inside"]

_MATH_IN_TEXT = frozenset({b"malignmark", b"mglyph"})
_STARTS_FOREIGN = _MATH_IN_TEXT | {b"math", b"svg"}
_HTML_IN_MATH = frozenset({b"application/xhtml+xml", b"text/html"})


def open_element(elements: OpenElements, name: bytes, attributes: bytes, at: int) -> Element | None:
    """Close what this start tag ends and return its element, not yet pushed, or None if it is ignored."""
    if elements.is_foreign and _ends_foreign(name, attributes):
        elements.leave_foreign(at)
    if elements.is_foreign or name in _STARTS_FOREIGN:
        namespace = _namespace(elements, name)
        if namespace != b"html":
            return Element(name, namespace, _is_html_inside(namespace, name, attributes))
    return Element(name) if make_room(elements, name, at) else None


def is_void(element: Element, attributes: bytes) -> bool:
    """Return whether this start tag makes an element without content."""
    if element.is_html:
        return element.name in names.VOID
    return attributes.endswith(b"/") and not _slash_is_in_value(attributes)


def resume_inside(context: Iterable[Element], *, form_is_open: bool, quirks: bool) -> OpenElements:
    """Return a stack on which copies of these elements are open and nothing else has happened."""
    elements = OpenElements()
    for outer in context:
        elements.push(Element(outer.name, outer.namespace, outer.is_html_inside))
    elements.form_is_open = form_is_open
    elements.quirks = quirks
    return elements


def _namespace(elements: OpenElements, name: bytes) -> bytes:
    if elements.is_foreign:
        return elements.stack[-1].namespace
    if name in (b"svg", b"math"):
        return name
    if name in _MATH_IN_TEXT and elements.stack and elements.stack[-1].namespace == b"math":
        return b"math"
    return b"html"


def _ends_foreign(name: bytes, attributes: bytes) -> bool:
    if name == b"font":
        return any(find_attribute(attributes, key) for key in (b"color", b"face", b"size"))
    return name in names.ENDS_FOREIGN


def _is_html_inside(namespace: bytes, name: bytes, attributes: bytes) -> bool:
    if namespace == b"svg":
        return name in names.SVG_HTML
    if name == b"annotation-xml":
        encoding = find_attribute(attributes, b"encoding")
        return encoding is not None and attribute_value(encoding).lower() in _HTML_IN_MATH
    return name in names.MATHML_TEXT


def _slash_is_in_value(attributes: bytes) -> bool:
    """``<circle r=4/>`` is not self-closing: the slash belongs to the value."""
    last = max(ATTRIBUTE.finditer(attributes), key=re.Match.end, default=None)
    return last is not None and last[4] is not None and last.end() == len(attributes)
