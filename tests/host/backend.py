"""What a site's own backend declares: functions that do well, and functions that fail in every way."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from smallweb.periodic import JobContext, job, job_function
from tests.core.invoke import functions
from tests.host import traced as traced
from tests.host import uploads as uploads

for _function in (
    functions.answer,
    functions.raise_error,
    functions.raise_odd_text,
    functions.raise_broken_text,
    functions.exit_python,
    functions.interrupt,
    functions.recurse,
    functions.loop,
    functions.sleep,
    functions.sleep_async,
    functions.swallow_everything,
    functions.hang_in_c,
    functions.exit_hard,
    functions.kill_itself,
    functions.crash,
    functions.generate,
    functions.give_unsendable,
):
    job_function(_function)


@job_function
def say(text: str = "hello") -> str:
    return text


@job_function
async def say_later(text: str = "hello") -> str:
    return text


@job_function
def say_nothing() -> None:
    return None


@job_function
def say_much(size: int = 2**21) -> str:
    return "x" * size


@job_function
def paint(width: str = "50%") -> dict[str, str]:
    return {"width": width}


@job_function
def tell_context(context: JobContext) -> str:
    return f"{context.job} {context.attempt} {context.last_value!r}"


@job_function
def fail_until_attempt(context: JobContext, attempt: int = 2) -> str:
    if context.attempt < attempt:
        raise ValueError(f"attempt {context.attempt}")
    return f"attempt {context.attempt}"


@job_function
def note(context: JobContext, folder: str, hold_s: float = 0.0) -> str:
    """Leave a trace of each call: a file for its beginning, and one for its end."""
    name = f"{context.job} {context.due_at.timestamp():.6f} {context.attempt} {os.getpid()} {time.time_ns()}"
    (Path(folder) / f"{name} begun").touch()
    time.sleep(hold_s)
    (Path(folder) / f"{name} {time.time_ns()} ended").touch()
    return f"{context.due_at.timestamp():.3f}"


for _job in json.loads(os.environ.get("SMALLWEB_TEST_JOBS", "[]")):
    job(**{name: value for name, value in _job.items() if name != "function"})(globals()[_job["function"]])

if "SMALLWEB_TEST_FORKS_DIE" in os.environ:
    os.register_at_fork(after_in_child=lambda: os._exit(3))
