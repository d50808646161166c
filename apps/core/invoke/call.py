"""Call one function here and now, whatever it does short of ending the process."""

from __future__ import annotations

import asyncio
import inspect
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

from ..exceptions import CallFailed, CallTimedOut, SmallwebError
from .outcome import Outcome


class _TimeUp(BaseException):
    """Raised inside user code when its time is over; no ``except Exception`` of the user's catches it."""


def call_function(
    function: Callable[..., Any], kwargs: Mapping[str, Any], *, timeout_s: float | None = None
) -> Outcome:
    """Call a sync or async function and return its value or its failure; never raises.

    In a main thread the call is interrupted after ``timeout_s`` seconds, with the traceback of where
    it hung. C code that does not come back to Python is not: that takes a ``CallHost``.
    """
    started = time.perf_counter()
    try:
        with _interrupted_after(timeout_s):
            value = function(**kwargs)
            if inspect.isawaitable(value):
                value = asyncio.run(_await(value))
    except BaseException as error:  # user code may raise SystemExit, KeyboardInterrupt, anything
        return _failure(error, timeout_s, time.perf_counter() - started)
    return Outcome(value=value, duration_s=time.perf_counter() - started)


async def _await(awaitable: Any) -> Any:
    return await awaitable


@contextmanager
def _interrupted_after(timeout_s: float | None) -> Iterator[None]:
    if timeout_s is None or threading.current_thread() is not threading.main_thread():
        yield
        return

    def raise_time_up(signum: int, frame: FrameType | None) -> None:
        raise _TimeUp

    previous = signal.signal(signal.SIGALRM, raise_time_up)
    signal.setitimer(signal.ITIMER_REAL, timeout_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def _failure(error: BaseException, timeout_s: float | None, duration_s: float) -> Outcome:
    text = "".join(traceback.format_exception(error.with_traceback(_users_part(error))))
    if isinstance(error, _TimeUp):
        return Outcome(
            code=CallTimedOut.code,
            error=f"It ran longer than its timeout of {timeout_s:g} s.",
            traceback=text,
            duration_s=duration_s,
        )
    code = error.code if isinstance(error, SmallwebError) else CallFailed.code
    return Outcome(code=code, error=_sentence(error), traceback=text, duration_s=duration_s)


def _users_part(error: BaseException) -> Any:
    """Leave out our own frame on top: the reader looks for theirs."""
    return error.__traceback__.tb_next if error.__traceback__ else None


def _sentence(error: BaseException) -> str:
    if isinstance(error, SmallwebError):
        return str(error)
    if isinstance(error, SystemExit):
        return f"It called sys.exit({error.code!r})."
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # the user's own __str__ may be broken
        return type(error).__name__
