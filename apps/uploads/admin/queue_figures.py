"""The table of queues above the list of their items."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ...core.admin import EMPTY, moment_cell, table
from ...core.exceptions import SmallwebError
from ..consuming.holders import count_living
from ..queue_consumers import consumers
from ..services.describe_queues import QueueFigures, describe_queues

logger = logging.getLogger(__name__)

_KEPT = "smallweb_queue_figures"


def figures_table(request: HttpRequest, *, now: datetime) -> SafeString:
    """Return each queue's figures; empty where there is no queue at all."""
    queues = _figures(request)
    if not queues:
        return SafeString("")
    headings = (_("queue"), _("waiting"), _("oldest"), _("worked at"), _("failed"), _("consumers here"))
    return table(headings, [_row(queue, now) for queue in queues], label=_("Queues"))


def queue_names(request: HttpRequest) -> list[str]:
    return [queue.name for queue in _figures(request)]


def _figures(request: HttpRequest) -> list[QueueFigures]:
    """Count once for a page."""
    if not hasattr(request, _KEPT):
        setattr(request, _KEPT, describe_queues())
    kept: list[QueueFigures] = getattr(request, _KEPT)
    return kept


def _row(queue: QueueFigures, now: datetime) -> Sequence[Any]:
    return (
        _link(queue, "", queue.name),
        _link(queue, "waiting", queue.waiting),
        moment_cell(queue.oldest_at, now=now),
        _link(queue, "held", queue.held),
        _link(queue, "failed", queue.failed),
        _consumers(queue),
    )


def _link(queue: QueueFigures, state: str, shown: object) -> SafeString:
    query = f"?in={queue.name}" + (f"&is={state}" if state else "")
    return format_html('<a href="{}">{}</a>', query, shown)


def _consumers(queue: QueueFigures) -> str:
    """Only those of this machine are known."""
    if not queue.has_consumer:
        return _("none in the code")
    wanted = consumers.get(queue.name).processes
    try:
        return _("%(living)d of %(wanted)d") % {"living": count_living(queue.name), "wanted": wanted}
    except (OSError, SmallwebError) as error:
        logger.warning("queue=%s its consumers cannot be counted: %s", queue.name, error)
        return EMPTY
