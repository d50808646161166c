"""How far a run is, and when it will start, as far as that can be said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.contrib.humanize.templatetags.humanize import ordinal
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ..durations import EMPTY
from ..executions.place import MAX_PLACES, Queue, read_queue
from ..models import Execution, State, TaskRun
from .cells import moment_cell
from .shown_json import progress_cell


def queue_for(runs: Sequence[Execution], now: datetime) -> Queue:
    """Return the queue if one of these runs stands in it: it is read once for all of them."""
    waits = any(_is_queued(run, now) for run in runs)
    return read_queue(now) if waits else Queue({}, is_whole=True)


def place_cell(run: Execution, queue: Queue, *, now: datetime) -> str | SafeString:
    """The place of a run that waits for nothing but a worker."""
    if not _is_queued(run, now):
        return EMPTY
    place = queue.places.get(run.pk)
    if place is None:
        return _("starts now") if queue.is_whole else _("behind %(count)d others") % {"count": MAX_PLACES}
    count = str(len(queue.places)) if queue.is_whole else _("more than %(count)d") % {"count": MAX_PLACES}
    return _("%(place)s of %(count)s") % {"place": ordinal(place), "count": count}


def stage_cell(run: Execution, queue: Queue, *, now: datetime) -> str | SafeString:
    """How far the run is: its place in the queue, or the progress that it has reported."""
    return place_cell(run, queue, now=now) if _is_queued(run, now) else progress_cell(run.progress)


def when_cell(run: Execution, *, now: datetime) -> SafeString:
    """The moment of the state: before which it does not start, at which it started, at which it ended."""
    moments = {State.READY: run.run_after, State.RUNNING: run.started_at}
    return moment_cell(moments.get(State(run.state), run.finished_at), now=now)


def _is_queued(run: Execution, now: datetime) -> bool:
    return isinstance(run, TaskRun) and run.state == State.READY and run.run_after <= now
