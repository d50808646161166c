"""Take back the runs of dead workers."""

from __future__ import annotations

import uuid
from datetime import datetime
from itertools import groupby

from django.db import transaction

from ...core.bulk import lock_free_rows, update_rows
from ...core.cluster.blame import is_bystander
from ..models import Job, JobRun
from .announce_values import announce_runs
from .tell_results import tell_results


def recover_runs(now: datetime, dead_tree: uuid.UUID | None = None) -> int:
    """Have runs whose lease is over, or whose process tree is dead, wait again; return how many.

    A run that has killed its worker too often is LOST, and told like any other failure; one that was
    to be cancelled is.
    """
    if not JobRun.objects.abandoned(now, dead_tree=dead_tree).exists():
        return 0
    with transaction.atomic():
        rows = lock_free_rows(JobRun.objects.abandoned(now, dead_tree=dead_tree))
        runs = list(rows.select_related("job__page").order_by("job__page", "pk"))
        for run in runs:
            run.set_abandoned(now=now, is_bystander=bool(dead_tree) and is_bystander(run.worker_pid))
        update_rows(runs, JobRun.END_FIELDS)
        _record_ended([run for run in runs if not run.is_active], now)
    return len(runs)


def _record_ended(ended: list[JobRun], now: datetime) -> None:
    for run in ended:
        run.job.record_result(run.state, at=now, value=None)
    update_rows([run.job for run in ended], Job.RESULT_FIELDS)
    for page, of_page in groupby(ended, key=lambda run: run.job.page):
        announce_runs(page, list(of_page))
    transaction.on_commit(lambda: tell_results(ended), robust=True)
