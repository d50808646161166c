"""Signals of periodic. Receivers run in the worker; what they raise is logged and harms nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.mail import mail_admins
from django.dispatch import Signal, receiver

if TYPE_CHECKING:
    from .models import Job, JobRun

# job: Job, run: JobRun; after every run that came to an end.
job_ran = Signal()

# job: Job, run: JobRun; when a job has failed ``alert_after`` times in a row, once per series.
job_alert = Signal()


@receiver(job_alert)
def mail_alert(sender: type[Job], job: Job, run: JobRun, **kwargs: Any) -> None:
    """Tell the site's ADMINS; without any nothing is sent."""
    mail_admins(
        f"{job.name} failed {job.failures_in_row} times in a row",
        f"Page: {job.page.name}\nFunction: {job.function}\nDue: {run.due_at.isoformat()}\n"
        f"Error: {run.error}\n\n{run.traceback}",
    )
