"""The members of an object as a tree: nested objects are headings, what belongs to them stands below."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ...core.admin import EMPTY, code_cell, enabled_cell, indented, table
from ..models import RemoteMember, RemoteObject
from .effective import rules_cell
from .member_cells import (
    change_url,
    console_url,
    endpoint_of,
    figures_text,
    kind_text,
    mode_text,
    what_text,
)


def tree_table(of: RemoteObject, *, may_see: bool, may_call: bool) -> str | SafeString:
    """Return the table; links lead only to where this person may go."""
    members = sorted(of.members.all(), key=lambda member: _sort_key(member.name))
    if not members:
        return _("No members.")
    headings = [_("Member"), _("Kind"), _("What"), _("Verbs"), _("Access"), _("On"), _("Calls here"), ""]
    if not may_call:
        headings.pop()
    rows = _rows(of, members, may_see=may_see, may_call=may_call)
    return table(headings, rows, label=_("Members"))


def _sort_key(path: str) -> tuple[tuple[bool, str], ...]:
    """Members of an object come before its nested objects."""
    *above, name = path.split(".")
    return (*((True, part) for part in above), (False, name))


def _rows(
    of: RemoteObject, members: Iterable[RemoteMember], *, may_see: bool, may_call: bool
) -> Iterator[list[object]]:
    shown: set[tuple[str, ...]] = {(of.name,)}
    for member in members:
        *above, name = member.name.split(".")
        for length in range(1, len(above) + 1):
            place = tuple(above[:length])
            if place not in shown:
                shown.add(place)
                heading = indented(length - 2, format_html("<strong>{}</strong>", place[-1]))
                yield [heading, _("object"), *([""] * (6 if may_call else 5))]
        yield _row(of, member, name, depth=len(above), may_see=may_see, may_call=may_call)


def _row(
    of: RemoteObject, member: RemoteMember, name: str, *, depth: int, may_see: bool, may_call: bool
) -> list[object]:
    endpoint = endpoint_of(member)
    link = format_html('<a href="{}">{}</a>', change_url(member), name) if may_see else name
    cells: list[Any] = [
        indented(depth - 1, link),
        kind_text(endpoint),
        code_cell(what_text(endpoint), endpoint.doc if endpoint is not None else ""),
        mode_text(endpoint),
        EMPTY if endpoint is None else rules_cell(endpoint, member, of),
        enabled_cell(member.enabled and of.enabled),
        figures_text(endpoint),
    ]
    if may_call:
        cells.append("" if endpoint is None else _console_link(member))
    return cells


def _console_link(member: RemoteMember) -> SafeString:
    text = _("Console")
    label = _("Console of %(path)s") % {"path": member.name}
    return format_html('<a href="{}" aria-label="{}">{}</a>', console_url(member), label, text)
