"""What a task may know about its run, and say about it."""

from __future__ import annotations

from typing import Any

import msgspec

from ..invoke.board import post
from .plain import as_json


class TaskContext(msgspec.Struct, kw_only=True):
    """Given to tasks that have a parameter ``context``.

    ``run_id`` and ``uuid`` are the same for every attempt of one run: services that take an idempotency
    key take the ``uuid``. ``attempt`` counts the starts from 1. ``progress`` is what was last reported,
    by an earlier attempt too: a task that can go on from there does less twice. ``owner_id`` is the key of
    the owner, as text where users have other keys than numbers.
    """

    task: str
    run_id: int
    uuid: str
    attempt: int
    owner_id: int | str | None = None
    progress: Any = None

    def report(self, progress: Any) -> None:
        """Show how far it is: a number from 0 to 1, or any JSON of up to 16 KiB. Costs microseconds.

        Only the newest counts; the worker stores it about four times a second. Raises TypeError and
        ValueError for what is no JSON, or too long.
        """
        post(as_json(progress, mend_texts=True).encode())
        self.progress = progress
