"""Tasks that leave a trace of each start, and tasks that do harm in every way."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

from smallweb.core.executions import TaskContext, task
from tests.core.invoke import functions

TRACES = "starts"

for _function in (
    functions.exit_hard,
    functions.crash,
    functions.exit_python,
    functions.give_unsendable,
    functions.kill_itself,
    functions.loop,
    functions.sleep,
    functions.swallow_everything,
    functions.hang_in_c,
):
    task(name=f"poison.{_function.__name__}", max_attempts=2, retry_delay_s=0.05, timeout_s=0.5)(_function)


@task(name="poison.eat_memory", max_attempts=2, retry_delay_s=0.05, memory_mb=1024)
def eat_memory() -> int:
    return len(b"x" * 2**31)


def _leave_trace(folder: str, name: str, context: TaskContext, word: str) -> None:
    """Append a line in one write, so that it is whole or missing whoever is killed."""
    line = f"{word} {name} {context.attempt} {os.getpid()} {time.time_ns()}\n"
    fd = os.open(Path(folder) / TRACES, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(fd, line.encode())
    finally:
        os.close(fd)


@task(name="trace", max_attempts=50, retry_delay_s=0.05, timeout_s=60)
def trace(folder: str, name: str, context: TaskContext, hold_s: float = 0.0, fail_first: bool = False) -> str:
    """Leave a trace, take ``hold_s`` seconds, and fail at the first attempt if asked to."""
    _leave_trace(folder, name, context, "begun")
    time.sleep(hold_s)
    if fail_first and context.attempt == 1:
        raise ValueError("the first attempt fails")
    _leave_trace(folder, name, context, "ended")
    return name


@task(name="trace.leave_daemon")
def leave_daemon() -> int:
    """Start a process that no signal to a group reaches, and return its pid."""
    return subprocess.Popen(["sleep", "600"], start_new_session=True).pid


@task(name="trace.never_twice", at_most_once=True)
def trace_once(folder: str, name: str, context: TaskContext) -> None:
    """Leave a trace and kill the worker."""
    _leave_trace(folder, name, context, "begun")
    kill_worker()


@task(name="poison.kill_worker", max_attempts=2)
def kill_worker_of(folder: str, name: str, context: TaskContext) -> None:
    _leave_trace(folder, name, context, "begun")
    kill_worker()


def kill_worker() -> None:
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(60)
