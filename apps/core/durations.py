"""How long something takes, for people."""

from __future__ import annotations

EMPTY = "\N{EN DASH}"
"""Stands for what there is not."""

_UNITS = ((86_400, 36 * 3600, "d"), (3600, 5400, "h"), (60, 90, "min"))


def duration_text(seconds: float | None) -> str:
    if seconds is None:
        return EMPTY
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 90:
        return f"{seconds:.1f} s"
    return in_one_unit(round(seconds))


def in_one_unit(seconds: int) -> str:
    """Return whole seconds in the largest unit of which there is more than one."""
    for size, begins_at, unit in _UNITS:
        if seconds >= begins_at:
            return f"{round(seconds / size)} {unit}"
    return f"{seconds} s"
