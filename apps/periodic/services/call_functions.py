"""Run the functions of a claim in a child process and turn their values into what a page can take."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from ...core.invoke import CallHost, CallKind, CallRequest, Outcome, call_function
from ...core.text import storable
from ..conf import periodic_settings
from ..context import JobContext
from ..exceptions import ValueRefused
from ..html import clean_fragment
from ..models import JobRun
from ..registry import CONTEXT, Kind, functions


class FunctionCall(msgspec.Struct, frozen=True):
    """What the child needs to know of one run."""

    function: str
    kwargs: str  # JSON: its numbers and texts may be more than MessagePack takes
    kind: Kind
    context: JobContext
    max_value_bytes: int


def call_functions(
    runs: Sequence[JobRun], *, host: CallHost, on_wait: Callable[[], None]
) -> Iterator[Outcome]:
    """Yield the outcome of each run's function, in order; values are str, or dict of str for a style."""
    limit = periodic_settings().max_value_bytes
    requests = [
        CallRequest(msgspec.to_builtins(_call_of(run, limit)), run.job.timeout_s, job_call.name)
        for run in runs
    ]
    return host.run(requests, on_wait=on_wait)


def _call_of(run: JobRun, max_value_bytes: int) -> FunctionCall:
    job = run.job
    context = JobContext(
        job=job.name,
        page=job.page.name,
        tag_id=job.tag_id,
        run_id=run.pk,
        due_at=run.due_at,
        attempt=run.attempt,
        last_value=job.last_value,
    )
    return FunctionCall(job.function, json.dumps(job.kwargs), job.kind, context, max_value_bytes)  # type: ignore[arg-type]


def answer_call(request: CallRequest) -> Outcome:
    """The child's side: call the function named in the registry and check its value."""
    call = msgspec.convert(request.payload, FunctionCall)
    entry = functions.get(call.function)
    kwargs = dict(json.loads(call.kwargs))
    if entry.takes_context:
        kwargs[CONTEXT] = call.context
    outcome = call_function(entry.function, kwargs, timeout_s=request.timeout_s)
    if not outcome.succeeded:
        return outcome
    value = as_kind(outcome.value, call.kind, max_value_bytes=call.max_value_bytes)
    return Outcome(value=value, duration_s=outcome.duration_s)


job_call = CallKind(name="job", origin="smallweb.periodic", answer=answer_call)


def as_kind(value: Any, kind: Kind, *, max_value_bytes: int) -> str | dict[str, str]:
    """Return the value as its kind takes it. Raises ValueRefused, and what ``clean_fragment`` refuses."""
    if kind == "style":
        checked: str | dict[str, str] = (style := _as_style(value))
        size = sum(len(name) + len(text) for name, text in style.items())
    else:
        checked = storable(clean_fragment(value)) if kind == "html" else _as_text(value)
        size = len(checked.encode("utf-8", "replace"))
    if size > max_value_bytes:
        raise ValueRefused(
            f"The function returned {size} bytes; a value may have {max_value_bytes}. "
            "Return less or raise SMALLWEB_PERIODIC['MAX_VALUE_BYTES']."
        )
    return checked


def _as_text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueRefused(f"The function returned {_shown(value)}; return a str.")
    return storable(value)


def _as_style(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(
        isinstance(name, str) and (text is None or isinstance(text, str)) for name, text in value.items()
    ):
        raise ValueRefused(f"The function returned {_shown(value)}; return a dict of CSS properties to text.")
    return {storable(name): storable(text or "") for name, text in value.items()}


def _shown(value: Any) -> str:
    try:
        return f"{repr(value)[:80]} ({type(value).__name__})"
    except Exception:  # the user's own __repr__ may be broken
        return f"a {type(value).__name__}"
