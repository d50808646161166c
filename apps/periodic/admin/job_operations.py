"""What operators do to jobs, their runs and all jobs of a page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ...core.admin import Done, Operation, OperationRefused
from ...core.models import State
from ..models import Job, JobRun, Page
from ..services import control_jobs


def _run_now(job: Job, now: datetime) -> Done:
    run = control_jobs.run_now(job, now=now)
    return Done(_("Run %(run)d of %(job)s is queued.") % {"run": run.pk, "job": job.name})


def _pause(job: Job, now: datetime) -> Done:
    control_jobs.pause(job)
    return Done(_("%(job)s is paused.") % {"job": job.name})


def _resume(job: Job, now: datetime) -> Done:
    control_jobs.resume(job, now=now)
    return Done(_("%(job)s goes on, next at %(due)s.") % {"job": job.name, "due": _clock(job.next_due)})


def _skip(job: Job, now: datetime) -> Done:
    skipped = job.next_due
    if skipped is None:
        raise OperationRefused(_("%(job)s has no next run to skip.") % {"job": job.name})
    control_jobs.skip(job)
    texts = {"job": job.name, "skipped": _clock(skipped), "due": _clock(job.next_due)}
    return Done(_("%(job)s skips %(skipped)s, next at %(due)s.") % texts)


def _clone(job: Job, now: datetime) -> Done:
    copy = control_jobs.clone(job)
    return Done(_("%(copy)s is a paused copy of %(job)s.") % {"copy": copy.name, "job": job.name}, copy)


def _retry_last_failed(job: Job, now: datetime) -> Done:
    run: Any = job.runs.failed().order_by("-due_at").first()
    if run is None:
        raise OperationRefused(_("%(job)s has no failed run to retry.") % {"job": job.name})
    return _retry(run, now)


def _retry(run: JobRun, now: datetime) -> Done:
    try:
        again = control_jobs.retry(run, now=now)
    except ValueError as error:
        raise OperationRefused(str(error)) from error
    return Done(
        _("Run %(run)d is queued again as run %(again)d.") % {"run": run.pk, "again": again.pk}, again
    )


def _cancel(run: JobRun, now: datetime) -> Done:
    after = control_jobs.cancel(run, now=now) if run.is_active else run
    texts = {"run": run.pk, "job": run.job.name, "state": after.get_state_display()}
    if after.is_active:
        return Done(_("Run %(run)d of %(job)s is asked to end, and will within seconds.") % texts)
    if run.is_active and after.state == State.CANCELLED:
        return Done(_("Run %(run)d of %(job)s is cancelled; it had not begun.") % texts)
    raise OperationRefused(_("Run %(run)d has ended (%(state)s); there is nothing to cancel.") % texts)


def _reset(job: Job, now: datetime) -> Done:
    if not job.in_code:
        raise OperationRefused(_("%(job)s has no code to go back to.") % {"job": job.name})
    changed = control_jobs.reset_to_code(job, now=now)
    fields = ", ".join(changed) or _("nothing was edited")
    return Done(_("%(job)s is as in the code again: %(fields)s.") % {"job": job.name, "fields": fields})


def _pause_all(page: Page, now: datetime) -> Done:
    jobs = list(page.jobs.filter(enabled=True))
    for job in jobs:
        control_jobs.pause(job)
    return Done(_("%(count)d jobs of %(page)s are paused.") % {"count": len(jobs), "page": page.name})


def _resume_all(page: Page, now: datetime) -> Done:
    jobs = list(page.jobs.filter(enabled=False))
    for job in jobs:
        control_jobs.resume(job, now=now)
    return Done(_("%(count)d jobs of %(page)s go on.") % {"count": len(jobs), "page": page.name})


def _reset_page(page: Page, now: datetime) -> Done:
    if not page.in_code:
        raise OperationRefused(_("%(page)s has no code to go back to.") % {"page": page.name})
    changed = page.reset_to_code()
    page.save(update_fields=changed)
    fields = ", ".join(changed) or _("nothing was edited")
    return Done(_("%(page)s is as in the code again: %(fields)s.") % {"page": page.name, "fields": fields})


def _clock(moment: datetime | None) -> str:
    return _("no time any more") if moment is None else f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}"


RETRY = Operation(
    name="retry",
    label=gettext_lazy("retry"),
    permission="smallweb_periodic.retry_jobrun",
    do=_retry,
    is_offered=lambda run: run.state in control_jobs.RETRIABLE,
)

CANCEL = Operation(
    name="cancel",
    label=gettext_lazy("cancel"),
    permission="smallweb_periodic.cancel_jobrun",
    do=_cancel,
    is_offered=lambda run: run.is_active and run.cancel_requested_at is None,
)

JOB_OPERATIONS = [
    Operation(
        name="run_now", label=gettext_lazy("run now"), permission="smallweb_periodic.run_job", do=_run_now
    ),
    Operation(
        name="pause",
        label=gettext_lazy("pause"),
        permission="smallweb_periodic.pause_job",
        do=_pause,
        is_offered=lambda job: job.enabled,
    ),
    Operation(
        name="resume",
        label=gettext_lazy("resume"),
        permission="smallweb_periodic.pause_job",
        do=_resume,
        is_offered=lambda job: not job.enabled,
    ),
    Operation(
        name="skip_next",
        label=gettext_lazy("skip next"),
        permission="smallweb_periodic.skip_job",
        do=_skip,
        is_offered=lambda job: job.next_due is not None,
    ),
    Operation(name="clone", label=gettext_lazy("clone"), permission="smallweb_periodic.clone_job", do=_clone),
    Operation(
        name="retry_failed",
        label=gettext_lazy("retry the last failed run"),
        permission="smallweb_periodic.retry_jobrun",
        do=_retry_last_failed,
        is_offered=lambda job: job.runs.failed().exists(),
    ),
    Operation(
        name="reset",
        label=gettext_lazy("reset to code"),
        permission="smallweb_periodic.change_job",
        do=_reset,
        is_offered=lambda job: job.in_code and bool(job.edited_fields()),
    ),
]

PAGE_OPERATIONS = [
    Operation(
        name="pause_jobs",
        label=gettext_lazy("pause all jobs"),
        permission="smallweb_periodic.pause_job",
        do=_pause_all,
    ),
    Operation(
        name="resume_jobs",
        label=gettext_lazy("resume all jobs"),
        permission="smallweb_periodic.pause_job",
        do=_resume_all,
    ),
    Operation(
        name="reset",
        label=gettext_lazy("reset to code"),
        permission="smallweb_periodic.change_page",
        do=_reset_page,
        is_offered=lambda page: page.in_code and bool(page.edited_fields()),
    ),
]
