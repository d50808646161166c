"""Functions that fail in every way a person's function can, and a handler that calls them by name."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from smallweb.core.exceptions import SmallwebError
from smallweb.core.invoke import CallRequest, Outcome, call_function
from smallweb.core.invoke.board import post

calls = 0


class BrokenText(Exception):
    def __str__(self) -> str:
        raise KeyboardInterrupt


class OddlyCoded(SmallwebError):
    code = 7  # type: ignore[assignment]


def answer() -> int:
    return 42


def count_calls() -> int:
    global calls
    calls += 1
    return calls


def fork_and_exit() -> str:
    """What a person writes who knows fork from elsewhere: the copy leaves by sys.exit."""
    pid = os.fork()
    if pid == 0:
        sys.exit()
    os.waitpid(pid, 0)
    return "the parent's"


def fork_and_return() -> str:
    pid = os.fork()
    if pid:
        os.waitpid(pid, 0)
    return "the parent's" if pid else "the copy's"


async def answer_later() -> int:
    await asyncio.sleep(0)
    return 42


def raise_error() -> None:
    raise ValueError("the sensor is off")


def raise_odd_text() -> None:
    raise ValueError("NUL \0 and surrogate \udc80")


def raise_broken_text() -> None:
    raise BrokenText


def raise_oddly_coded() -> None:
    raise OddlyCoded("odd")


def raise_huge_text() -> None:
    raise ValueError("x" * 50_000_000)


def exit_python() -> None:
    sys.exit("enough")


def interrupt() -> None:
    raise KeyboardInterrupt


def recurse() -> None:
    recurse()


def loop() -> None:
    while True:
        pass


def sleep() -> None:
    time.sleep(600)


async def sleep_async() -> None:
    await asyncio.sleep(600)


async def refuse_to_be_cancelled() -> None:
    while True:
        try:
            await asyncio.sleep(600)
        except BaseException:
            continue


def swallow_everything() -> None:
    while True:
        try:
            time.sleep(600)
        except BaseException:
            continue


def hang_in_c() -> None:
    sum(range(10**12))


def exit_hard() -> None:
    os._exit(3)


def kill_itself() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def crash() -> None:
    ctypes.string_at(0)


def generate() -> Iterator[int]:
    yield 1


def give_unsendable() -> object:
    return object()


def give_too_large_number() -> int:
    return 2**70


def write_into_the_line() -> None:
    for fd in range(3, 64):
        with suppress(OSError):
            if stat.S_ISSOCK(os.fstat(fd).st_mode):
                os.write(fd, b"\x00\x00\x00\x04nope")
    time.sleep(600)


def leave_a_grandchild() -> int:
    pid = os.fork()
    if pid == 0:
        time.sleep(600)
    return pid


def leave_a_grandchild_and_exit() -> None:
    leave_a_grandchild()
    os._exit(3)


def post_and_answer() -> int:
    post(b"first")
    post(b"posted")
    return 42


def post_and_exit() -> None:
    post(b"posted")
    os._exit(3)


def own_pid() -> int:
    return os.getpid()


def handle(request: CallRequest) -> Outcome:
    """Call the function whose name is the payload."""
    function: Callable[[], Any] = globals()[request.payload]
    return call_function(function, {}, timeout_s=request.timeout_s)
