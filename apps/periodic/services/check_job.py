"""What a job row must satisfy before it is saved by a person."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from ...core.exceptions import NotRegistered, SmallwebError
from ..html import check_attribute_name
from ..models import Job
from ..registry import functions
from .check_call import call_problem
from .schedule_job import schedule_of


def check_job(job: Job) -> None:
    """Raise ValidationError, by field, for what would fail at every run."""
    problems = {field: problem for field, problem in _problems(job).items() if problem}
    if problems:
        raise ValidationError(problems)


def _problems(job: Job) -> dict[str, str]:
    try:
        entry = functions.get(job.function)
        function, kwargs = "", call_problem(entry, job.kwargs) if isinstance(job.kwargs, dict) else _NO_DICT
    except NotRegistered as error:
        function, kwargs = str(error), ""
    return {
        "function": function,
        "kwargs": kwargs,
        "cron" if job.cron else "every": _schedule_problem(job),
        "tag_id": "" if job.tag_id.strip() else "Give the id of a tag of the page.",
        "attribute": _attribute_problem(job),
        "on_error": "A style has no text to show on error; leave this empty."
        if job.on_error and job.kind == Job.Kind.STYLE
        else "",
        "timeout_s": "" if job.timeout_s > 0 else "Give more than 0 seconds.",
        "jitter_s": "" if job.jitter_s >= 0 else "Give 0 or more seconds.",
    }


_NO_DICT = 'Give a JSON object, {"name": "value"}.'


def _schedule_problem(job: Job) -> str:
    try:
        schedule_of(job)
    except SmallwebError as error:
        return str(error)
    return ""


def _attribute_problem(job: Job) -> str:
    if job.kind != Job.Kind.ATTRIBUTE:
        return "Only a job of the kind 'attribute' names one; leave this empty." if job.attribute else ""
    try:
        check_attribute_name(job.attribute)
    except SmallwebError as error:
        return str(error)
    return ""
