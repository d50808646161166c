"""How jobs show when they run and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ...core.admin import (
    block,
    clock_text,
    duration_text,
    moment_cell,
    relative_time,
    shortened,
    state_cell,
    table,
)
from ..exceptions import ScheduleError
from ..models import Job, JobRun
from ..schedule import describe
from ..services.schedule_job import upcoming_due_times

INLINE_RUNS = 20


def schedule_words(job: Job) -> str:
    try:
        return describe(job.schedule())
    except ScheduleError as error:
        return str(error)


def next_run_cell(job: Job, *, now: datetime) -> str | SafeString:
    """When the job runs next, or why it does not."""
    if not job.enabled:
        return _("paused")
    if not job.page.enabled:
        return _("the page is paused")
    if job.next_due is not None and job.wake_at is not None and job.wake_at > max(job.next_due, now):
        waits = moment_cell(job.wake_at, now=now)
        return format_html("{} <span class='smallweb-quiet'>{}</span>", waits, _("put off"))
    return moment_cell(job.next_due, now=now)


def upcoming_list(job: Job, *, now: datetime) -> str | SafeString:
    """The next five due times, for people; what stops the job is said in their place."""
    try:
        times = upcoming_due_times(job, now=now)
    except ScheduleError as error:
        return str(error)
    return moments_list(times, now=now) if times else _("No more.")


def moments_list(moments: list[datetime], *, now: datetime) -> SafeString:
    items = format_html_join("", "<li>{}</li>", ((moment_cell(moment, now=now),) for moment in moments))
    return format_html('<ul class="smallweb-times">{}</ul>', items)


def moment_text(moment: datetime, *, now: datetime) -> str:
    return f"{relative_time(moment, now)} {clock_text(moment, now=now)}"


def runs_table(job: Job, *, now: datetime) -> str | SafeString:
    """The job's last runs; a failed one unfolds its error and traceback."""
    runs: Any = job.runs.order_by("-due_at", "-pk")[:INLINE_RUNS]
    rows = [
        (
            run_link(run, now=now),
            state_cell(run.state),
            run.get_trigger_display(),
            duration_text(run.duration_s),
            run_outcome(run),
        )
        for run in runs
    ]
    if not rows:
        return _("No runs yet.")
    headings = [_("Due"), _("Result"), _("Started by"), _("Duration"), _("Value or error")]
    return table(headings, rows, label=_("The last runs"))


def run_link(run: JobRun, *, now: datetime) -> SafeString:
    url = reverse("admin:smallweb_periodic_jobrun_change", args=[run.pk])
    return format_html('<a href="{}">{}</a>', url, moment_cell(run.due_at, now=now))


def run_outcome(run: JobRun) -> str | SafeString:
    if not run.error:
        return shortened(run.value)
    if not run.traceback:
        return shortened(run.error)
    return format_html(
        '<details id="run-{}"><summary>{}</summary>{}</details>',
        run.pk,
        shortened(run.error),
        block(run.traceback),
    )
