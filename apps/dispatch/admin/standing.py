"""Where a node stands: what its code is, which rule holds for it and who says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ...core.admin import enabled_cell
from ..models import Node
from ..registry import Endpoint, endpoints
from ..services.policy import Row, levels, off_at, read_rows, said_at

By = Literal["code", "here", "above", "settings"]


@dataclass(frozen=True, kw_only=True)
class Standing:
    """``rule_at`` is the path of the node that says the rule, empty for the settings; ``off_at`` that of the
    node that is switched off, None where all are on.
    """

    endpoint: Endpoint | None
    rule: str
    rule_at: str
    by: By
    off_at: str | None


def standing_of(node: Node, rows: Mapping[str, Row]) -> Standing:
    """Say where a node stands among all rows."""
    above = levels(node.name)
    rule, place = said_at(above, rows, {})
    found = endpoints.find(node.name) if node.in_code else None
    return Standing(
        endpoint=found if found is not None and found.is_public else None,
        rule=rule,
        rule_at=place,
        by=_by(node, place),
        off_at=off_at(above, rows),
    )


def with_standings(nodes: Any) -> list[Any]:
    """Return the nodes, each with its ``standing``; all rows are read once."""
    rows = read_rows()
    found = list(nodes)
    for node in found:
        node.standing = standing_of(node, rows)
    return found


def standing_now(node: Any) -> Standing:
    """Return the standing of a node, which is looked up unless the list has done so."""
    if not hasattr(node, "standing"):
        with_standings([node])
    standing: Standing = node.standing
    return standing


def _by(node: Node, place: str) -> By:
    if place != node.name:
        return "above" if place else "settings"
    return "here" if "access" in node.edited_fields() or not node.in_code else "code"


def rule_cell(node: Node, standing: Standing) -> SafeString:
    """Return the rule and who says it, in plain words."""
    return format_html(
        '<div><code>{}</code></div><div class="smallweb-doc">{}</div>', standing.rule, _source(node, standing)
    )


def _source(node: Node, standing: Standing) -> str | SafeString:
    if standing.by == "above":
        return format_html(_("as {} says"), _link_above(standing.rule_at))
    if standing.by == "settings":
        return _("as the settings say")
    if standing.by == "code":
        return _("as its code says")
    return format_html('<span class="smallweb-state smallweb-running">{}</span>', _("edited here"))


def state_cell(node: Node, standing: Standing) -> SafeString:
    """Return on or off; of what is off by a node above, by which."""
    if standing.off_at in (None, node.name):
        return enabled_cell(standing.off_at is None)
    words = format_html(_("off above, at {}"), _link_above(standing.off_at or ""))
    return format_html('{} <div class="smallweb-doc">{}</div>', enabled_cell(False), words)


def node_link(path: str, *, text: str = "") -> SafeString:
    """Return the path, or a text that stands for it, as a link to its row, found by its path."""
    url = f"{reverse('admin:smallweb_dispatch_node_changelist')}?name={path}"
    return format_html('<a href="{}">{}</a>', url, text or path)


def _link_above(path: str) -> SafeString:
    """Among the nodes above one the last part is name enough."""
    return node_link(path, text=path.rpartition("/")[2])
