"""Call one function here and now, whatever it does short of ending the process."""

from __future__ import annotations

import asyncio
import inspect
import signal
import threading
import time
import traceback
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

from ..exceptions import CallCancelled, CallFailed, CallTimedOut, PublicError, SmallwebError
from ..text import MAX_TEXT, storable
from .board import is_ended, is_meant
from .outcome import Outcome

# A host sends it to have the running call end.
CANCEL_SIGNAL = signal.SIGUSR1
_CANCEL_S = 0.2


class _TimeUp(BaseException):
    """Raised inside user code when its time is over; no ``except Exception`` of the user's catches it."""


class _Cancelled(BaseException):
    """Raised inside user code when it shall end."""


def call_function(
    function: Callable[..., Any], kwargs: Mapping[str, Any], *, timeout_s: float | None = None
) -> Outcome:
    """Call a sync or async function and return its value or its failure; never raises.

    In a main thread the call is interrupted after ``timeout_s`` seconds, with the traceback of where
    it hung, and by CANCEL_SIGNAL. C code that does not come back to Python is not: that takes a
    ``CallHost``.
    """
    started = time.perf_counter()
    try:
        with _interrupted_after(_alarm_s(function, timeout_s)):
            value = function(**kwargs)
            if inspect.isawaitable(value):
                value = asyncio.run(_await(value, timeout_s))
    except BaseException as error:  # user code may raise SystemExit, KeyboardInterrupt, anything
        return _failure(error, timeout_s, time.perf_counter() - started)
    return Outcome(value=value, duration_s=time.perf_counter() - started)


def _alarm_s(function: Callable[..., Any], timeout_s: float | None) -> float | None:
    """Coroutines are cancelled first, for then the traceback leads to what they waited for."""
    if timeout_s is None or not inspect.iscoroutinefunction(function):
        return timeout_s
    return timeout_s + _CANCEL_S


async def _await(awaitable: Awaitable[Any], timeout_s: float | None) -> Any:
    try:
        async with asyncio.timeout(timeout_s) as timeout:
            return await awaitable
    except TimeoutError as error:
        if timeout.expired():
            raise _TimeUp from error
        raise


@contextmanager
def _interrupted_after(timeout_s: float | None) -> Iterator[None]:
    if timeout_s is None or threading.current_thread() is not threading.main_thread():
        yield
        return

    def raise_time_up(signum: int, frame: FrameType | None) -> None:
        raise _TimeUp

    def raise_cancelled(signum: int, frame: FrameType | None) -> None:
        if is_meant():
            raise _Cancelled

    previous = signal.signal(signal.SIGALRM, raise_time_up)
    previous_cancel = signal.signal(CANCEL_SIGNAL, raise_cancelled)
    signal.setitimer(signal.ITIMER_REAL, timeout_s)
    try:
        if is_ended():  # its signal came before there was a handler
            raise _Cancelled
        yield
    finally:
        signal.signal(CANCEL_SIGNAL, previous_cancel)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def _failure(error: BaseException, timeout_s: float | None, duration_s: float) -> Outcome:
    text = "".join(traceback.format_exception(error.with_traceback(_users_part(error))))
    if isinstance(error, _Cancelled):
        code, sentence = CallCancelled.code, "It was asked to end."
    elif isinstance(error, _TimeUp):
        code, sentence = CallTimedOut.code, f"It ran longer than its timeout of {timeout_s:g} s."
    else:
        code, sentence = CallFailed.code, _sentence(error)
    if isinstance(error, SmallwebError):
        code = str(error.code)
    return Outcome(
        code=code,
        error=storable(sentence[:MAX_TEXT]),
        traceback=storable(text[-MAX_TEXT:]),
        duration_s=duration_s,
    )


def _users_part(error: BaseException) -> Any:
    """Leave out our own frame on top: the reader looks for theirs."""
    return error.__traceback__.tb_next if error.__traceback__ else None


def _sentence(error: BaseException) -> str:
    try:
        if isinstance(error, SystemExit):
            return f"It called sys.exit({error.code!r})."
        is_named = isinstance(error, SmallwebError) and not isinstance(error, PublicError)
        return str(error) if is_named else f"{type(error).__name__}: {error}"
    except BaseException:  # the user's own __str__ may do anything
        return type(error).__name__
