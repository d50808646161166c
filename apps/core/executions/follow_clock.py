"""What waits for a time that is no longer near, because the clock was set back."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F, Q

from ..models import State, TaskRun
from ..models.execution import LEASE_S


def follow_clock(now: datetime) -> int:
    """Let begin what is wished for at once, but at a time still to come; return the number of these runs.

    Else a clock that was a day ahead would keep them waiting for a day. A run tells by when it was made
    or begun; clocks may differ by LEASE_S. A moment that the caller has given stays what it is. A lease
    of the future is cut to what it should be: time enough for a living worker to renew it.
    """
    ahead = now + timedelta(seconds=LEASE_S)
    leased = TaskRun.objects.filter(
        state=State.RUNNING, lease_expires_at__gt=ahead + timedelta(seconds=LEASE_S)
    )
    was_wished_at_once = Q(created_at__gt=ahead, run_after__lte=F("created_at"))
    begins_again = Q(started_at__gt=ahead)
    waiting = TaskRun.objects.filter(was_wished_at_once | begins_again, state=State.READY, run_after__gt=now)
    # Asked first: an update takes the turn of a writer, if only to find nothing.
    if leased.exists():
        leased.update(lease_expires_at=ahead)
    return waiting.update(run_after=now) if waiting.exists() else 0
