"""What a page's file holds that jobs could be given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ...core.admin import table
from ...core.exceptions import SmallwebError
from ..html import TagInfo, find_tags
from ..models import Job, Page
from ..services.page_file import read_page


@dataclass(frozen=True)
class Scan:
    """The tags of the file, or the ``problem`` that keeps them from being read."""

    tags: list[TagInfo] = field(default_factory=list)
    problem: str = ""


def scan_page(page: Page) -> Scan:
    try:
        return Scan(tags=find_tags(read_page(page.site_path()).data))
    except SmallwebError as error:
        return Scan(problem=str(error))


def scan_table(page: Page, scan: Scan, *, jobs: Iterable[Job], may_add: bool) -> SafeString:
    """The tags with the jobs that feed them, and a link to give one a job."""
    if scan.problem:
        return format_html('<p class="errornote">{}</p>', scan.problem)
    if not scan.tags:
        return format_html(
            "<p>{}</p>", _("No tag of the page has an id; give one to each tag that a job shall feed.")
        )
    feeders: dict[str, list[Job]] = {}
    for job in jobs:
        feeders.setdefault(job.tag_id, []).append(job)
    rows = [_row(page, tag, feeders.get(tag.id, []), may_add=may_add) for tag in scan.tags]
    headings = [_("Tag id"), _("Tag"), _("Line"), _("Text now"), _("Can be fed"), _("Jobs")]
    return table(headings, rows, label=_("Tags of the page"))


def missing_tags(scan: Scan, jobs: Iterable[Job]) -> list[Job]:
    """The jobs whose tag is not in the file."""
    known = {tag.id for tag in scan.tags}
    return [] if scan.problem else [job for job in jobs if job.tag_id not in known]


def _row(page: Page, tag: TagInfo, jobs: list[Job], *, may_add: bool) -> tuple[object, ...]:
    name = format_html("<code>&lt;{}&gt;</code>", tag.name)
    links = [*map(_job_link, jobs), *([_add_link(page, tag)] if may_add else [])]
    listed = format_html_join("", "<div>{}</div>", ((link,) for link in links))
    return tag.id, name, tag.line, tag.text, _verdict(tag), listed


def _verdict(tag: TagInfo) -> str | SafeString:
    if tag.refusal:
        return format_html('<span class="smallweb-state smallweb-failed">{}</span> {}', _("no"), tag.refusal)
    yes = format_html('<span class="smallweb-state smallweb-successful">{}</span>', _("yes"))
    if tag.count == 1:
        return yes
    doubt = _("%(count)d tags have this id; the first is fed.") % {"count": tag.count}
    return format_html("{} {}", yes, doubt)


def _job_link(job: Job) -> SafeString:
    return format_html(
        '<a href="{}">{}</a>', reverse("admin:smallweb_periodic_job_change", args=[job.pk]), job.name
    )


def _add_link(page: Page, tag: TagInfo) -> SafeString:
    query = urlencode({"page": page.pk, "tag_id": tag.id})
    url = f"{reverse('admin:smallweb_periodic_job_add')}?{query}"
    label = _("Add a job for the tag %(id)s") % {"id": tag.id}
    return format_html('<a href="{}" class="addlink" aria-label="{}">{}</a>', url, label, _("Add job"))
