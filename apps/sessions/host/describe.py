"""What a session looks like from outside: its processor time and memory, as the system says."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import Any

from .live import LiveSession

_TICKS = os.sysconf("SC_CLK_TCK")


def describe(session: LiveSession, *, now: float | None = None, measured: bool = True) -> dict[str, Any]:
    """Return what the monitor shows. ``memory_bytes`` is the part of memory that is its own and its share of
    what it shares (PSS); it is 0 where the system does not say. Not ``measured``, memory and
    processor time are 0: the system takes a millisecond for them.
    """
    now = time.monotonic() if now is None else now
    seen = session.board.read()
    opening = session.opening
    is_measured = measured and not session.ended and not session.ended_at
    return {
        "id": session.id,
        "app": opening.app,
        "visitor": opening.visitor,
        "name": opening.name,
        "address": opening.address,
        "init": session.init,
        "kind": session.template.kind,
        "pid": session.pid,
        "started_at": session.started_at,
        "ended_at": session.ended_at,
        "idle_s": max(0.0, now - max(seen["acted_at"], session.opened_at)),
        "busy_s": max(0.0, now - seen["busy_since"]) if seen["busy_since"] else 0.0,
        "interactions": int(seen["interactions"]),
        "tabs": int(seen["tabs"]),
        "cpu_s": cpu_s(session.pid) if is_measured else 0.0,
        "memory_bytes": memory_bytes(session.pid) if is_measured else 0,
        "last_error": session.last_error,
        "is_newest": session.is_newest,
        "end_reason": session.end_reason,
    }


def cpu_s(pid: int) -> float:
    with suppress(OSError, ValueError, IndexError), open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS
    return 0.0


def memory_bytes(pid: int) -> int:
    with suppress(OSError, ValueError), open(f"/proc/{pid}/smaps_rollup") as rollup:
        for line in rollup:
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
