"""What a job must satisfy, whoever writes it: a person in the admin, or the code."""

from __future__ import annotations

import math
import typing
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from ..core.exceptions import SmallwebError
from .html import check_attribute_name
from .registry import CONTEXT, FunctionEntry, functions

if TYPE_CHECKING:
    from .models import Job

MAX_SECONDS = 366 * 86_400


def job_problems(job: Job) -> dict[str, str]:
    """Return by field what would fail at every run; fields without a fault are left out."""
    found = {
        "function": _function_problem(job),
        "kwargs": _kwargs_problem(job),
        "attribute": _attribute_problem(job),
        "cron" if job.cron else "every": _schedule_problem(job),
        "on_error": _on_error_problem(job),
        "timeout_s": _seconds_problem(job.timeout_s, above=0),
        "jitter_s": _seconds_problem(job.jitter_s, least=0),
    }
    return {field: problem for field, problem in found.items() if problem}


def call_problem(entry: FunctionEntry, kwargs: Mapping[str, Any]) -> str:
    """Return why the function cannot be called with these arguments, or "".

    Names, required parameters and, where a parameter is annotated with a JSON type, values.
    """
    if CONTEXT in kwargs:
        return f"{CONTEXT!r} is given by the run itself; leave it out of the arguments."
    signature = entry.signature
    if signature is None:
        return ""
    given = dict(kwargs) | ({CONTEXT: None} if entry.takes_context else {})
    try:
        signature.bind(**given)
    except TypeError as error:
        return f"{entry.name}{signature} cannot be called with {dict(kwargs)!r}: {error}."
    return _type_problem(entry, kwargs)


def _type_problem(entry: FunctionEntry, kwargs: Mapping[str, Any]) -> str:
    try:
        hints = typing.get_type_hints(entry.function)
    except Exception:  # annotations that only a type checker can read
        return ""
    for name, value in kwargs.items():
        try:
            msgspec.convert(value, hints.get(name, Any))
        except msgspec.ValidationError as error:
            return f"The argument {name!r} is {value!r}: {error}."
        except TypeError:  # a type that JSON has no form for: the function's own business
            continue
    return ""


def _function_problem(job: Job) -> str:
    try:
        functions.get(job.function)
    except SmallwebError as error:
        return str(error)
    return ""


def _kwargs_problem(job: Job) -> str:
    if not isinstance(job.kwargs, dict):
        return 'Give a JSON object, {"name": "value"}.'
    return call_problem(functions.get(job.function), job.kwargs) if job.function in functions else ""


def _schedule_problem(job: Job) -> str:
    if bool(job.every) == bool(job.cron):
        return "Give either an interval or a cron line."
    try:
        job.schedule()
    except SmallwebError as error:
        return str(error)
    return ""


def _attribute_problem(job: Job) -> str:
    if job.kind != "attribute":
        return "Only a job of the kind 'attribute' names one; leave this empty." if job.attribute else ""
    try:
        check_attribute_name(job.attribute)
    except SmallwebError as error:
        return str(error)
    return ""


def _on_error_problem(job: Job) -> str:
    if job.kind == "style" and job.on_error:
        return "A style has no text to show; leave this empty."
    return ""


def _seconds_problem(value: object, *, least: float = -math.inf, above: float = -math.inf) -> str:
    """Beyond MAX_SECONDS, clocks and timers overflow: at first far away, in the work of the whole page."""
    if isinstance(value, int | float) and value >= least and above < value <= MAX_SECONDS:
        return ""
    lowest = f"{least:g}" if math.isfinite(least) else f"more than {above:g}"
    return f"Give {lowest} to {MAX_SECONDS} seconds."
