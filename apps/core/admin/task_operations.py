"""What operators do to runs of tasks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..executions import control
from ..models import State, TaskRun
from .operations import Done, Operation, OperationRefused

RETRY_PERMISSION = "smallweb_core.retry_taskrun"


def is_final(run: TaskRun) -> bool:
    return run.state in control.RETRIABLE


def require_final(run: TaskRun) -> None:
    """Raise OperationRefused for a run that has not ended."""
    if not is_final(run):
        texts = {"run": run.pk, "state": run.get_state_display()}
        raise OperationRefused(
            _("Run %(run)d is %(state)s; what has not ended is not run again, cancel it first.") % texts
        )


def _cancel(run: TaskRun, now: datetime) -> Done:
    after = control.cancel(run, now=now) if run.is_active else run
    texts = {"run": run.pk, "task": run.task, "state": after.get_state_display()}
    if after.is_active:
        return Done(_("Run %(run)d of %(task)s is asked to end, and will within seconds.") % texts)
    if run.is_active and after.state == State.CANCELLED:
        return Done(_("Run %(run)d of %(task)s is cancelled; it had not begun.") % texts)
    raise OperationRefused(_("Run %(run)d has ended (%(state)s); there is nothing to cancel.") % texts)


def _run_again(run: TaskRun, now: datetime) -> Done:
    require_final(run)
    again = control.run_again(run, now=now)
    texts = {"run": run.pk, "again": again.pk}
    return Done(_("Run %(run)d is queued again as run %(again)d.") % texts, again)


def cancel_operation(run_of: Callable[[Any], TaskRun]) -> Operation:
    """Return the way to cancel the run that belongs to a row."""
    return Operation(
        name="cancel",
        label=gettext_lazy("cancel"),
        permission="smallweb_core.cancel_taskrun",
        do=lambda row, now: _cancel(run_of(row), now),
        is_offered=lambda row: run_of(row).is_active and run_of(row).cancel_requested_at is None,
    )


TASK_OPERATIONS = [
    cancel_operation(lambda run: run),
    Operation(
        name="run_again",
        label=gettext_lazy("run again"),
        permission=RETRY_PERMISSION,
        do=_run_again,
        is_offered=is_final,
    ),
]
