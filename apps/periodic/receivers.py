"""What the suite itself does on its signals."""

from __future__ import annotations

from typing import Any

from django.core.mail import mail_admins
from django.dispatch import receiver

from .models import Job, JobRun
from .signals import job_alert


@receiver(job_alert)
def mail_alert(sender: type[Job], job: Job, run: JobRun, **kwargs: Any) -> None:
    """Tell the site's ADMINS; without any nothing is sent."""
    mail_admins(
        f"{job.name} failed {job.failures_in_row} times in a row",
        f"Page: {job.page.name}\nFunction: {job.function}\nDue: {run.due_at.isoformat()}\n"
        f"Error: {run.error}\n\n{run.traceback}",
    )
