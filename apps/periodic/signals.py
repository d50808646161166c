"""Signals of periodic. Receivers run in the worker; what they raise is logged and harms nothing."""

from __future__ import annotations

from django.dispatch import Signal

# job: Job, run: JobRun; after every run that came to an end.
job_ran = Signal()

# job: Job, run: JobRun; when a job has failed ``alert_after`` times in a row, once per series.
job_alert = Signal()
