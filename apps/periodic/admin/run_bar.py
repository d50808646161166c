"""The last runs of jobs as a row of bars, drawn on the server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ...core.admin import duration_text
from ...core.models import State
from ..models import JobRun

RUNS = 30
_WIDTH, _GAP, _HEIGHT, _LOWEST = 3, 1, 24, 3


@dataclass(frozen=True, slots=True)
class RunMark:
    """What one bar says: ``duration_s`` is None while the run has not ended."""

    state: str
    due_at: datetime
    duration_s: float | None


def last_runs(job_ids: Collection[int], *, count: int = RUNS) -> dict[int, list[RunMark]]:
    """Return the last runs of each of these jobs, the oldest first, by one query."""
    newest = Window(RowNumber(), partition_by=F("job_id"), order_by=[F("due_at").desc(), F("pk").desc()])
    runs: Any = JobRun.objects.filter(job__in=job_ids).annotate(place=newest).filter(place__lte=count)
    marks: dict[int, list[RunMark]] = {job_id: [] for job_id in job_ids}
    for run in runs.only("job_id", "state", "due_at", "started_at", "finished_at").order_by("-place"):
        marks[run.job_id].append(RunMark(run.state, run.due_at, run.duration_s))
    return marks


def mean_duration_s(marks: Collection[RunMark]) -> float | None:
    durations = [mark.duration_s for mark in marks if mark.duration_s is not None]
    return sum(durations) / len(durations) if durations else None


def run_bar(marks: Collection[RunMark]) -> SafeString:
    """Return an inline SVG: a bar a run, its height the duration, its colour the result."""
    longest = max((mark.duration_s or 0 for mark in marks), default=0) or 1
    bars = format_html_join(
        "",
        '<rect class="smallweb-bar-{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>',
        (_bar(place, mark, longest) for place, mark in enumerate(marks)),
    )
    return format_html(
        '<svg class="smallweb-bar" role="img" aria-label="{}" width="{}" height="{}">{}</svg>',
        _summary(marks),
        (_WIDTH + _GAP) * RUNS,
        _HEIGHT,
        bars,
    )


def _bar(place: int, mark: RunMark, longest_s: float) -> tuple[object, ...]:
    height = max(_LOWEST, round(_HEIGHT * (mark.duration_s or 0) / longest_s))
    due = f"{timezone.localtime(mark.due_at):%Y-%m-%d %H:%M:%S}"
    title = f"{due} {State(mark.state).label}, {duration_text(mark.duration_s)}"
    return mark.state.lower(), place * (_WIDTH + _GAP), _HEIGHT - height, _WIDTH, height, title


def _summary(marks: Collection[RunMark]) -> str:
    if not marks:
        return _("no runs yet")
    counts = Counter(mark.state for mark in marks)
    parts = (f"{count} {State(state).label}" for state, count in counts.items())
    return _("last %(count)d runs: %(parts)s") % {"count": len(marks), "parts": ", ".join(parts)}
