"""Tell a task's starter how it ended."""

from __future__ import annotations

from typing import Any

from ...core.models import TaskRun
from ..background import tell
from ..models import Ticket
from ..registry import TASK_PREFIX
from .read_status import status_of


def tell_end(*, run: Any, **kwargs: Any) -> None:
    """Publish the last status of a run that a ticket stands for: what core's signal is connected to."""
    if not isinstance(run, TaskRun) or not run.task.startswith(TASK_PREFIX) or run.owner_id is None:
        return
    ticket = Ticket.objects.filter(run=run).first()
    if ticket is not None:
        ticket.run = run
        tell(run.owner_id, str(ticket.token), status_of(ticket))
