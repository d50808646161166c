"""How far a started task is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest

from ...core.executions.status import status_of as status_of_run
from ...core.models.execution import ACTIVE
from ..models import Ticket
from ..progress import DEFAULT_STATUS
from .start_task import session_digest


def find_ticket(request: HttpRequest, token: UUID) -> Ticket | None:
    """Return the ticket if this caller started its run; None for another's as for none. Asks the database.

    Who asks is looked up in either case, so that the time it takes tells nothing.
    """
    user_id, digest = getattr(request.user, "pk", None), session_digest(request)
    ticket = Ticket.objects.select_related("run").filter(token=token).first()
    if ticket is None:
        return None
    if ticket.user_id is not None:
        return ticket if user_id == ticket.user_id else None
    return ticket if digest and digest == ticket.session_digest else None


def status_of(ticket: Ticket, *, is_trusted: bool = False) -> dict[str, Any]:
    """Return the status as its address answers it; ``is_trusted``: with the words of failures."""
    running = {"status": DEFAULT_STATUS, "state": {"method": ticket.method}}
    return status_of_run(ticket.run, running=running, is_trusted=is_trusted)


def is_over(ticket: Ticket) -> bool:
    return ticket.run.state not in ACTIVE


def sees_errors(request: HttpRequest) -> bool:
    """Whether the caller is one whom the words of a failure tell nothing secret."""
    return settings.DEBUG or bool(getattr(request.user, "is_staff", False))
