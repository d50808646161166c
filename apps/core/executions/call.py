"""The call of a task: its message to the child process, and what the child makes of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from ..conf import core_settings
from ..exceptions import BadArguments, NotRegistered, ResultRefused
from ..invoke import CallKind, CallRequest, Outcome, call_function
from ..models import TaskRun
from .arguments import CONTEXT
from .context import TaskContext
from .plain import as_json
from .registry import Task, tasks

# Another attempt would end in the same way.
FINAL_CODES = frozenset({"gave_up", BadArguments.code, ResultRefused.code})


class TaskCall(msgspec.Struct, frozen=True):
    """What the child needs to know of one run.

    ``arguments`` and ``progress`` are JSON, for their numbers may be more than MessagePack takes.
    """

    arguments: str
    progress: str
    context: TaskContext
    max_result_bytes: int


def request_of(run: TaskRun) -> CallRequest:
    context = TaskContext(
        task=run.task,
        run_id=run.pk,
        uuid=str(run.uuid),
        attempt=run.attempt,
        owner_id=run.owner_id,
    )
    limit = core_settings().task_max_result_bytes
    call = TaskCall(json.dumps(run.arguments), json.dumps(run.progress), context, limit)
    return CallRequest(msgspec.to_builtins(call), run.timeout_s, task_call.name)


def answer_call(request: CallRequest) -> Outcome:
    """The child's side: call the function named in the registry; the value is its result as JSON text."""
    call = msgspec.convert(request.payload, TaskCall)
    task = tasks.get(call.context.task)
    kwargs = task.parameters.read(json.loads(call.arguments))
    if task.parameters.takes_context:
        call.context.progress = json.loads(call.progress)
        kwargs[CONTEXT] = call.context
    with _memory_limit(task):
        outcome = call_function(task.function, kwargs, timeout_s=request.timeout_s)
    if not outcome.succeeded:
        return outcome
    result = _as_json(outcome.value, max_bytes=call.max_result_bytes)
    return Outcome(value=result, duration_s=outcome.duration_s)


task_call = CallKind(name="task", origin="smallweb.core", answer=answer_call)


def _as_json(value: Any, *, max_bytes: int) -> str:
    """Return the value as JSON. Raises ResultRefused."""
    try:
        text = as_json(value, mend_texts=True)
    except (TypeError, ValueError) as error:
        raise ResultRefused(f"What it returned ({type(value).__name__}) is no JSON: {error}.") from error
    if len(text) > max_bytes:
        raise ResultRefused(
            f"It returned {len(text)} bytes of JSON; {max_bytes} are kept. Store the data and return its "
            "name, or raise SMALLWEB_CORE['TASK_MAX_RESULT_BYTES']."
        )
    return text


@contextmanager
def _memory_limit(task: Task[Any, Any]) -> Iterator[None]:
    if task.memory_mb is None:
        yield
        return
    import resource

    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (task.memory_mb * 2**20, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def retry_delay_of(run: TaskRun) -> float:
    """Return the pause after the first failure, in seconds."""
    try:
        delay_s = tasks.get(run.task).retry_delay_s
    except NotRegistered:
        delay_s = None
    return core_settings().task_retry_delay_s if delay_s is None else delay_s
