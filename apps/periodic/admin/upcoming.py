"""The due times of a schedule while it is being typed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict

from ..exceptions import ScheduleError
from ..models import Job
from ..services.schedule_job import upcoming_due_times
from .job_cells import moment_text, schedule_words


class TypedSchedule(forms.Form):
    """The schedule fields of the job form, by their names there; nothing is required yet."""

    every = forms.CharField(max_length=50, required=False)
    cron = forms.CharField(max_length=100, required=False)
    time_zone = forms.CharField(max_length=64, required=False)
    starts_at = forms.DateTimeField(required=False)
    ends_at = forms.DateTimeField(required=False)


def preview_schedule(given: QueryDict, *, now: datetime) -> dict[str, Any]:
    """Return ``words`` and ``times`` of the schedule that begins now, or the ``error`` in it."""
    form = TypedSchedule(given)
    if not form.is_valid():
        return {"error": " ".join(str(message) for errors in form.errors.values() for message in errors)}
    job = Job(**form.cleaned_data, anchored_at=now)
    try:
        times = upcoming_due_times(job, now=now)
    except ScheduleError as error:
        return {"error": str(error)}
    return {"words": schedule_words(job), "times": [moment_text(moment, now=now) for moment in times]}
