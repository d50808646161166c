"""What to run now, and what with the due times that were missed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import chain, islice, takewhile

from .schedule import Schedule


class CatchUp(StrEnum):
    """What becomes of due times that passed while nothing ran.

    SKIP: they are dropped. ONCE: they are run as one. ALL: each is run, in order.
    """

    SKIP = "skip"
    ONCE = "once"
    ALL = "all"


@dataclass(frozen=True)
class DuePlan:
    """The due times to run now, in order, and the due time to wait for then.

    ``next_due`` is None when the schedule has ended. It is later than every one of ``due``, but may
    lie in the past under CatchUp.ALL: then there is more to run.
    """

    due: list[datetime]
    next_due: datetime | None


def plan_due(
    schedule: Schedule,
    next_due: datetime,
    now: datetime,
    catch_up: CatchUp,
    *,
    limit: int = 100,
    grace_s: float = 60.0,
) -> DuePlan:
    """Return what is to be run now by a job that waits for ``next_due``.

    SKIP runs the newest passed due time if it is at most ``grace_s`` seconds old, and nothing if not;
    ONCE runs the newest, however old; ALL runs every one, at most ``limit`` a call. ``next_due`` need
    not be a due time of the schedule: it counts as one.
    """
    if schedule.ends_at is not None and next_due > schedule.ends_at:
        return DuePlan([], None)
    if now < next_due:
        return DuePlan([], next_due)
    if catch_up == CatchUp.ALL:
        return _plan_all(schedule, next_due, now, limit)
    newest = schedule.latest_until(next_due, now) or next_due
    is_dropped = catch_up == CatchUp.SKIP and now - newest > timedelta(seconds=grace_s)
    return DuePlan([] if is_dropped else [newest], schedule.next_after(newest))


def _plan_all(schedule: Schedule, next_due: datetime, now: datetime, limit: int) -> DuePlan:
    passed = takewhile(lambda due: due <= now, chain([next_due], schedule.after(next_due)))
    due = list(islice(passed, limit))
    return DuePlan(due, schedule.next_after(due[-1]))
