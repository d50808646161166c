"""What a function may know about its run."""

from __future__ import annotations

from datetime import datetime

import msgspec


class JobContext(msgspec.Struct, frozen=True, kw_only=True):
    """Given to functions that have a parameter ``context``.

    ``due_at`` is aware and in UTC; ``attempt`` counts from 1; ``last_value`` is "" before the first
    successful run. ``run_id`` is the same for every attempt of one run.
    """

    job: str
    page: str
    tag_id: str
    run_id: int
    due_at: datetime
    attempt: int
    last_value: str
