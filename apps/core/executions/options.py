"""Which options a task and its runs may have."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, get_args

from ..exceptions import BadArguments
from ..text import storable

if TYPE_CHECKING:
    from .registry import Task

Priority = Literal["low", "normal", "high"]

MAX_NAME = 250
MAX_KEY = 200
# More than any timer, clock and column needs; what is longer is a mistake.
_MAX_S = 10**7
_MAX_ATTEMPTS = 10_000


def check_options(task: Task[Any, Any]) -> None:
    """Raise BadArguments, with a sentence, for an option that no run can have."""
    if not 1 <= len(task.name) <= MAX_NAME:
        _refuse(task, "name", f"1 to {MAX_NAME} characters")
    if task.priority not in get_args(Priority):
        _refuse(task, "priority", f"one of {', '.join(get_args(Priority))}")
    if not _is_between(task.timeout_s, 0.001, _MAX_S):
        _refuse(task, "timeout_s", f"seconds, 0.001 to {_MAX_S}")
    if not _is_between(task.retry_delay_s, 0, _MAX_S):
        _refuse(task, "retry_delay_s", f"seconds, 0 to {_MAX_S}")
    if not _is_between(task.max_attempts, 1, _MAX_ATTEMPTS, whole=True):
        _refuse(task, "max_attempts", f"a whole number, 1 to {_MAX_ATTEMPTS}")
    if not _is_between(task.memory_mb, 1, 2**40, whole=True):
        _refuse(task, "memory_mb", "a whole number, 1 or more")
    moment: Any = task.run_after
    if not isinstance(moment, datetime | timedelta | None):
        _refuse(task, "run_after", "an aware datetime or a timedelta")
    if task.key is not None and not _is_key(task.key):
        _refuse(task, "key", f"a text of 1 to {MAX_KEY} characters, none of them NUL")


def _refuse(task: Task[Any, Any], option: str, wanted: str) -> None:
    raise BadArguments(f"{option}={getattr(task, option)!r:.80} of {task.name:.80}: it must be {wanted}.")


def _is_key(value: Any) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= MAX_KEY and storable(value) == value


def _is_between(value: Any, low: float, high: float, *, whole: bool = False) -> bool:
    """Whether it is such a number, or None, which stands for the default. NaN is in no range."""
    return value is None or (isinstance(value, int if whole else int | float) and low <= value <= high)
