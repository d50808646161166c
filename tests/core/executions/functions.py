"""Tasks that do well, and tasks that fail in every way; the child process knows them by their names."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from smallweb.core import GiveUp, Task, TaskContext, task
from smallweb.core.models import TaskRun
from tests.core.invoke import functions

if TYPE_CHECKING:
    from collections.abc import Sequence


def _task(**options: Any) -> Callable[[Callable[..., Any]], Task[..., Any]]:
    """Retry at once, so that a test need not wait."""
    return task(**{"retry_delay_s": 0, **options})


hang_in_c = _task(name="hang_in_c")(functions.hang_in_c)
swallow_everything = _task(name="swallow_everything")(functions.swallow_everything)
exit_hard = _task(name="exit_hard")(functions.exit_hard)
give_unsendable = _task(name="give_unsendable")(functions.give_unsendable)
sleep = _task(name="sleep")(functions.sleep)
sleep_async = _task(name="sleep_async")(functions.sleep_async)
loop = _task(name="loop")(functions.loop)


@_task()
def add(a: int, b: int = 0) -> int:
    return a + b


@_task()
async def add_later(a: int, b: int = 0) -> int:
    await asyncio.sleep(0)
    return a + b


@_task()
def echo(value: Any = None) -> Any:
    return value


@_task()
def echo_all(words: Sequence[str], **others: Any) -> Any:
    return [words, others]


@_task(max_attempts=3)
def fail(word: str = "no") -> None:
    raise ValueError(word)


@_task(max_attempts=3, retry_delay_s=None)
def fail_slowly() -> None:
    raise ValueError("later")


@_task(max_attempts=3)
def give_up() -> None:
    raise GiveUp("No such customer.")


@_task(max_attempts=3)
def fail_first(context: TaskContext) -> str:
    if context.attempt == 1:
        context.report(0.5)
        raise ValueError("first")
    return f"{context.attempt} {context.progress}"


@_task()
def tell_context(context: TaskContext) -> list[Any]:
    return [
        context.task,
        context.run_id,
        context.uuid,
        context.attempt,
        context.owner_id,
    ]


@_task()
def report(context: TaskContext, values: list[Any], hold_s: float = 0.0) -> None:
    for value in values:
        context.report(value)
        time.sleep(hold_s)


@_task(max_attempts=1)
def report_and_die(context: TaskContext) -> None:
    context.report("so far")
    functions.exit_hard()


@_task()
def hold(folder: str, seconds: float = 600.0) -> str:
    """Say when it has begun, and that it may clear up."""
    Path(folder, "begun").touch()
    try:
        time.sleep(seconds)
    finally:
        Path(folder, "cleared").touch()
    return "held"


@_task()
def hold_stubbornly(folder: str) -> None:
    Path(folder, "begun").touch()
    while True:
        with suppress(BaseException):
            time.sleep(600)


@_task(at_most_once=True)
def hold_once(folder: str, seconds: float = 600.0) -> str:
    return str(hold(folder, seconds))


@_task()
def generate() -> Iterator[int]:
    yield 1


@_task()
async def generate_later() -> AsyncIterator[int]:
    yield 1


@_task(memory_mb=2**20)
def small() -> str:
    return "fits"


@_task(memory_mb=1, max_attempts=1)
def large() -> int:
    return len(bytearray(2**28))


@_task(max_attempts=1)
def break_connection() -> Any:
    """As a database does that is restarted."""
    connection.ensure_connection()
    connection.connection.close()
    return use_connection()


@_task()
def leave_transaction_open() -> int:
    """As a function does that is interrupted in the middle."""
    transaction.atomic().__enter__()
    return TaskRun.objects.count()


@_task()
def count_runs() -> int:
    return TaskRun.objects.count()


@_task()
def use_connection() -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone()[0]


@_task()
def note(context: TaskContext, path: str) -> None:
    with open(path, "a") as file:
        file.write(f"{context.run_id}\n")


def wrapped(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return call
