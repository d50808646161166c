"""Take back the runs of dead workers."""

from __future__ import annotations

import uuid
from datetime import datetime
from itertools import groupby

from django.db import connection, transaction

from ...core.bulk import update_rows
from ...core.models import State
from ..models import JobRun
from .announce_values import announce_runs
from .tell_results import tell_results

_RUN_FIELDS = (
    "state", "run_after", "lease", "holder", "lease_expires_at", "finished_at", "error", "traceback"
)  # fmt: skip
_JOB_FIELDS = ("last_state", "last_run_at", "failures_in_row")


def recover_runs(now: datetime, dead_tree: uuid.UUID | None = None) -> int:
    """Have runs whose lease is over, or whose process tree is dead, wait again; return how many.

    A run that has killed its worker too often is LOST, and told like any other failure.
    """
    if not JobRun.objects.abandoned(now, dead_tree=dead_tree).exists():
        return 0
    with transaction.atomic():
        rows = JobRun.objects.abandoned(now, dead_tree=dead_tree)
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True, of=("self",))
        runs = list(rows.select_related("job__page").order_by("job__page", "pk"))
        for run in runs:
            run.set_abandoned(now=now)
        update_rows(runs, _RUN_FIELDS)
        _record_lost([run for run in runs if run.state == State.LOST], now)
    return len(runs)


def _record_lost(lost: list[JobRun], now: datetime) -> None:
    for run in lost:
        run.job.record_result(run.state, at=now, value=None)
    update_rows([run.job for run in lost], _JOB_FIELDS)
    for page, of_page in groupby(lost, key=lambda run: run.job.page):
        announce_runs(page, list(of_page))
    transaction.on_commit(lambda: tell_results(lost), robust=True)
