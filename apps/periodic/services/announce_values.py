"""Tell browsers which tags of a page show something new, and the admin that jobs have run."""

from __future__ import annotations

import logging

from ...core.channels import publish
from ...core.exceptions import SmallwebError
from ..models import Job, JobRun, Page
from .result import Result

logger = logging.getLogger(__name__)

# A longer value is not sent: the browser fetches the page and takes the element from there.
MAX_SENT_CHARACTERS = 16_000


def announce_values(page: Page, results: list[Result], *, page_changed: bool) -> None:
    """Publish, when the transaction commits, the runs and every value that the written page shows anew."""
    announce_runs(page, [result.run for result in results])
    if not page_changed:
        return
    for result in results:
        if result.shown is not None:
            _announce(page, result)


def announce_runs(page: Page, runs: list[JobRun]) -> None:
    """Tell the admin, when the transaction commits, that these runs of the page have ended."""
    publish(admin_channel(page), {"jobs": [run.job_id for run in runs]})


def channel_of(job: Job) -> str:
    """Return the channel of what a job shows: ``pages/<page>/<tag id>``, with the attribute behind it."""
    parts = ["pages", escape(job.page.name), escape(job.tag_id).replace("/", "%2F")]
    if job.kind in (Job.Kind.STYLE, Job.Kind.ATTRIBUTE):
        parts.append(job.attribute or job.kind)
    return "/".join(parts)


def escape(name: str) -> str:
    """Return the name without what a filter reads as a wildcard; slashes stay, and are levels."""
    return name.replace("%", "%25").replace("+", "%2B").replace("#", "%23")


def admin_channel(page: Page) -> str:
    """Return the channel on which the admin hears of the runs of a page."""
    return f"admin/smallweb_periodic/{page.pk}"


def _announce(page: Page, result: Result) -> None:
    try:
        publish(channel_of(result.run.job), _message(result))
    except SmallwebError as error:  # a name or a value that no channel takes
        logger.warning("page=%s cannot be live: %s", page.name, error)


def _message(result: Result) -> dict[str, object]:
    job, value = result.run.job, result.shown
    assert result.run.finished_at is not None
    message: dict[str, object] = {
        "tag_id": job.tag_id,
        "kind": job.kind,
        "at": result.run.finished_at.timestamp(),
    }
    if job.kind == Job.Kind.ATTRIBUTE:
        message["attribute"] = job.attribute
    if job.kind == Job.Kind.STYLE:
        message["replace"] = job.replace_style
    texts = [value] if isinstance(value, str) else (value or {}).values()
    if sum(map(len, texts)) > MAX_SENT_CHARACTERS:
        return message | {"fetch": True}
    return message | {"value": value}
