"""What a start tag closes before its element begins, and what it implies."""

from __future__ import annotations

from collections.abc import Callable

from . import names
from .stack import Element, OpenElements

StartRule = Callable[[OpenElements, bytes, int], bool]

_MAY_STAY = {
    b"td": names.TABLE_SECTIONS | {b"tr"},
    b"th": names.TABLE_SECTIONS | {b"tr"},
    b"tr": names.TABLE_SECTIONS,
    b"col": frozenset({b"colgroup"}),
}
_ALLOWED_IN = {b"head": names.HEAD_CONTENT, b"colgroup": frozenset({b"col", b"template"})}
"""A head or a column group ends at the first tag that cannot be in it."""


def make_room(elements: OpenElements, name: bytes, at: int) -> bool:
    """Close what the start tag at offset ``at`` ends; return False if browsers ignore the tag here."""
    rule = _RULES.get(name)
    if rule is not None and not rule(elements, name, at):
        return False
    if elements.stack:
        allowed = _ALLOWED_IN.get(elements.stack[-1].name)
        if allowed is not None and name not in allowed:
            elements.pop_top(at)
    return True


def _close_paragraph(elements: OpenElements, at: int) -> None:
    if elements.is_open(b"p"):
        depth = elements.find((b"p",), names.BUTTON_SCOPE)
        if depth >= 0:
            elements.pop_to(depth, at)


def _pop_if_top(elements: OpenElements, wanted: frozenset[bytes], at: int) -> None:
    if elements.stack and elements.stack[-1].name in wanted:
        elements.pop_top(at)


def _block(elements: OpenElements, name: bytes, at: int) -> bool:
    _close_paragraph(elements, at)
    return True


def _heading(elements: OpenElements, name: bytes, at: int) -> bool:
    _close_paragraph(elements, at)
    _pop_if_top(elements, names.HEADINGS, at)
    return True


def _form(elements: OpenElements, name: bytes, at: int) -> bool:
    if not elements.is_open(b"template"):
        if elements.form_is_open:
            return False
        elements.form_is_open = True
    _close_paragraph(elements, at)
    return True


def _rule_line(elements: OpenElements, name: bytes, at: int) -> bool:
    _close_paragraph(elements, at)
    _pop_if_top(elements, _OPTION, at)
    _pop_if_top(elements, _OPTGROUP, at)
    return True


_OPTION = frozenset({b"option"})
_OPTGROUP = frozenset({b"optgroup"})
_LIST_ITEM = frozenset({b"li"})
_DESCRIPTION = frozenset({b"dd", b"dt"})


def _list_item(elements: OpenElements, name: bytes, at: int) -> bool:
    same = _LIST_ITEM if name == b"li" else _DESCRIPTION
    if any(elements.is_open(other) for other in same):
        _close_list_item(elements, same, at)
    _close_paragraph(elements, at)
    return True


def _close_list_item(elements: OpenElements, same: frozenset[bytes], at: int) -> None:
    for depth in range(len(elements.stack) - 1, -1, -1):
        element = elements.stack[depth]
        if element.is_html and element.name in same:
            elements.pop_to(depth, at)
            return
        if element.is_special and not (element.is_html and element.name in (b"address", b"div", b"p")):
            return


def _table(elements: OpenElements, name: bytes, at: int) -> bool:
    depth = elements.find_in_table(b"table")
    if depth >= 0 and all(element.name not in names.CELLS for element in elements.stack[depth:]):
        elements.pop_to(depth, at)
    if not elements.quirks:
        _close_paragraph(elements, at)
    return True


def _table_part(elements: OpenElements, name: bytes, at: int) -> bool:
    """Close up to the part that may hold this one and open the parts that are implied between them."""
    depth = elements.find_in_table(b"table")
    if depth < 0:
        if not elements.is_open(b"template"):
            return False
        depth = elements.find((b"template",), ())
    stay = _MAY_STAY.get(name, frozenset())
    keep = depth + 1
    while keep < len(elements.stack) and elements.stack[keep].name in stay:
        keep += 1
    elements.pop_to(keep, at)
    _imply_table_parts(elements, name)
    return True


def _imply_table_parts(elements: OpenElements, name: bytes) -> None:
    if elements.stack[-1].name == b"table":
        if name in (b"td", b"th", b"tr"):
            elements.push(Element(b"tbody"))
        elif name == b"col":
            elements.push(Element(b"colgroup"))
    if elements.stack[-1].name in names.TABLE_SECTIONS and name in (b"td", b"th"):
        elements.push(Element(b"tr"))


def _option(elements: OpenElements, name: bytes, at: int) -> bool:
    _pop_if_top(elements, _OPTION, at)
    if name == b"optgroup":
        _pop_if_top(elements, _OPTGROUP, at)
    return True


def _button(elements: OpenElements, name: bytes, at: int) -> bool:
    depth = elements.find_in_scope(name)
    if depth >= 0:
        elements.pop_to(depth, at)
    return True


def _control(elements: OpenElements, name: bytes, at: int) -> bool:
    """A control inside a ``<select>`` ends it; a second ``<select>`` does only that."""
    depth = elements.find_in_scope(b"select")
    if depth >= 0:
        elements.pop_to(depth, at)
    return depth < 0 or name != b"select"


def _link(elements: OpenElements, name: bytes, at: int) -> bool:
    """``<a>`` ends the ``<a>`` that is open, ``<nobr>`` the ``<nobr>``."""
    elements.forget_formatting(name)
    if not elements.is_open(name):
        return True
    depth = elements.find((name,), names.MARKERS)
    if depth < 0:
        return True
    if any(element.is_special for element in elements.stack[depth:]):
        elements.drop(depth, at, closed=False)
    else:
        elements.supersede(depth, at)
    return True


def _ruby_part(elements: OpenElements, name: bytes, at: int) -> bool:
    if elements.find_in_scope(b"ruby") < 0:
        return True
    in_container = name in (b"rp", b"rt")
    while elements.stack[-1].name in names.IMPLIED_END:
        if in_container and elements.stack[-1].name == b"rtc":
            break
        elements.pop_top(at)
    return True


def _page_part(elements: OpenElements, name: bytes, at: int) -> bool:
    """``<html>``, ``<head>`` and ``<body>`` begin once; later ones only add attributes."""
    if name == b"body":
        _pop_if_top(elements, frozenset({b"head"}), at)
    if elements.is_open(b"template") or elements.is_open(name):
        return False
    if name == b"head" and elements.is_open(b"body"):
        return False
    return not (name == b"html" and elements.stack)


def _frameset(elements: OpenElements, name: bytes, at: int) -> bool:
    elements.doubt = "the page uses frames"
    return not elements.is_open(b"body")


def _rules() -> dict[bytes, StartRule]:
    rules: dict[bytes, StartRule] = dict.fromkeys(names.CLOSES_P, _block)
    rules.update(dict.fromkeys(names.HEADINGS, _heading))
    rules.update(dict.fromkeys(names.TABLE_PARTS, _table_part))
    rules.update(dict.fromkeys((b"li", b"dd", b"dt"), _list_item))
    rules.update(dict.fromkeys((b"option", b"optgroup"), _option))
    rules.update(dict.fromkeys((b"input", b"keygen", b"textarea", b"select"), _control))
    rules.update(dict.fromkeys((b"a", b"nobr"), _link))
    rules.update(dict.fromkeys((b"rb", b"rtc", b"rp", b"rt"), _ruby_part))
    rules.update(dict.fromkeys((b"html", b"head", b"body"), _page_part))
    rules.update({b"form": _form, b"hr": _rule_line, b"table": _table, b"button": _button})
    rules[b"frameset"] = _frameset
    return rules


_RULES = _rules()
