"""Tell browsers which tags of a page show something new."""

from __future__ import annotations

from urllib.parse import quote

from ...core.channels import publish_many
from ..models import Job, Page
from .finish_runs import Result

# A value longer than this is not sent: the browser fetches the page and takes the element from there.
MAX_SENT_CHARACTERS = 16_000


def announce_values(page: Page, results: list[Result], *, page_changed: bool) -> None:
    """Publish the new values of a page that was written, and to the admin that its jobs have run."""
    news = [(admin_channel(page), {"jobs": [result.run.job_id for result in results]})]
    if page_changed:
        news += [(channel_of(result.run.job), _message(result)) for result in results if result.shown is not None]
    publish_many(news)


def channel_of(job: Job) -> str:
    """Return the channel of what a job shows: ``pages/<page>/<tag id>``, with the attribute behind it."""
    parts = ["pages", job.page.name, job.tag_id]
    if job.kind in (Job.Kind.STYLE, Job.Kind.ATTRIBUTE):
        parts.append(job.attribute or job.kind)
    return "/".join(quote(part, safe="/ " if index == 1 else " ") for index, part in enumerate(parts))


def admin_channel(page: Page) -> str:
    """Return the channel on which the admin hears of runs."""
    return f"admin/smallweb_periodic/{page.pk}"


def _message(result: Result) -> dict[str, object]:
    job, value = result.run.job, result.shown
    message: dict[str, object] = {"tag_id": job.tag_id, "kind": job.kind}
    if job.kind == Job.Kind.ATTRIBUTE:
        message["attribute"] = job.attribute
    if isinstance(value, str) and len(value) > MAX_SENT_CHARACTERS:
        return message | {"fetch": True}
    return message | {"value": value}
