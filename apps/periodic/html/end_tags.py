"""What an end tag closes."""

from __future__ import annotations

from collections.abc import Callable

from . import names
from .stack import OpenElements

EndRule = Callable[[OpenElements, bytes, int], None]


def close(elements: OpenElements, name: bytes, at: int) -> None:
    """Apply the end tag ``name`` that stands at offset ``at``."""
    stack = elements.stack
    if stack and not stack[-1].is_html and _close_foreign(elements, name, at):
        return
    if stack and stack[-1].name == name and name not in _NEVER_SIMPLE:
        elements.close_top(at)
    else:
        _RULES.get(name, _close_any)(elements, name, at)


def _close_foreign(elements: OpenElements, name: bytes, at: int) -> bool:
    if name in (b"br", b"p"):
        elements.leave_foreign(at)
        return False
    for depth in range(len(elements.stack) - 1, -1, -1):
        element = elements.stack[depth]
        if element.is_html:
            return False
        if element.name == name:
            elements.pop_to(depth, at, closed=True)
            return True
    return True


def _close_at(elements: OpenElements, depth: int, name: bytes, at: int) -> None:
    if depth >= 0:
        elements.pop_to(depth, at, closed=elements.stack[depth].name == name)


def _close_in_scope(elements: OpenElements, name: bytes, at: int) -> None:
    _close_at(elements, elements.find_in_scope(name), name, at)


def _close_in_table(elements: OpenElements, name: bytes, at: int) -> None:
    _close_at(elements, elements.find_in_table(name), name, at)


def _close_paragraph(elements: OpenElements, name: bytes, at: int) -> None:
    if elements.is_open(name):
        _close_at(elements, elements.find((name,), names.BUTTON_SCOPE), name, at)


def _close_list_item(elements: OpenElements, name: bytes, at: int) -> None:
    if elements.is_open(name):
        _close_at(elements, elements.find((name,), names.LIST_SCOPE), name, at)


def _close_heading(elements: OpenElements, name: bytes, at: int) -> None:
    if any(elements.is_open(heading) for heading in names.HEADINGS):
        _close_at(elements, elements.find(names.HEADINGS, names.SCOPE), name, at)


def _close_template(elements: OpenElements, name: bytes, at: int) -> None:
    if elements.is_open(name):
        _close_at(elements, elements.find((name,), ()), name, at)


def _close_form(elements: OpenElements, name: bytes, at: int) -> None:
    """Outside of templates ``</form>`` takes only the form away; what was opened in it stays open."""
    in_template = elements.is_open(b"template")
    if not in_template and not elements.form_is_open:
        return
    depth = elements.find_in_scope(name)
    if not in_template:
        elements.form_is_open = False
    if depth < 0:
        return
    while elements.stack[-1].is_html and elements.stack[-1].name in names.IMPLIED_END:
        elements.pop_top(at)
    if in_template or depth == len(elements.stack) - 1:
        elements.pop_to(depth, at, closed=True)
    else:
        elements.drop(depth, at, closed=True)


def _close_page(elements: OpenElements, name: bytes, at: int) -> None:
    """Browsers keep body and html open; for an edit this is where unclosed elements end."""
    for span in elements.spans:
        if span.end < 0:
            span.end, span.is_closed = at, span.name == name


def _ignore(elements: OpenElements, name: bytes, at: int) -> None:
    """``</br>`` makes a new element and closes none."""


def _close_any(elements: OpenElements, name: bytes, at: int) -> None:
    if not elements.is_open(name):
        if name in names.FORMATTING:
            elements.forget_formatting(name)
        return
    crossed = False
    for depth in range(len(elements.stack) - 1, -1, -1):
        element = elements.stack[depth]
        if element.is_html and element.name == name:
            break
        if not element.is_special:
            continue
        if name not in names.FORMATTING or not element.is_html or element.name in names.SCOPE:
            return
        crossed = True
    if crossed:
        elements.drop(depth, at, closed=True)
    else:
        elements.pop_to(depth, at, closed=True)


def _rules() -> dict[bytes, EndRule]:
    rules: dict[bytes, EndRule] = dict.fromkeys(names.CLOSED_IN_SCOPE | {b"dd", b"dt"}, _close_in_scope)
    rules.update(dict.fromkeys(names.TABLE_PARTS | {b"table"}, _close_in_table))
    rules.update(dict.fromkeys(names.HEADINGS, _close_heading))
    rules.update({b"p": _close_paragraph, b"li": _close_list_item, b"template": _close_template})
    rules.update({b"form": _close_form, b"body": _close_page, b"html": _close_page, b"br": _ignore})
    return rules


_NEVER_SIMPLE = frozenset({b"body", b"form", b"html"})
_RULES = _rules()
