"""What a run would change, without changing it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from ...core.exceptions import SmallwebError
from ...core.invoke import CallHost
from ..html import page_encoding
from ..models import Job, JobRun, Page
from .call_functions import answer_call, call_functions
from .page_file import read_page
from .result import Result
from .write_values import PageChange


@dataclass(frozen=True)
class DryRun:
    """``diff``: a unified diff, "" when nothing would change; ``problems``: job or page to reason."""

    diff: str
    problems: dict[str, str]


def dry_run(page: Page, jobs: Iterable[Job] | None = None) -> DryRun:
    """Call the functions of these jobs (default: the page's enabled ones) and say what would change.

    The functions really run; nothing is written or recorded. A page that cannot be read or changed
    is a problem under its own name.
    """
    results = _call(list(page.jobs.filter(enabled=True) if jobs is None else jobs))
    change = PageChange(page, results)
    diff = ""
    problems: dict[str, str] = {}
    try:
        before = read_page(page.site_path()).data
        after = change(before)
        change.take_over()
        diff = _diff(page.name, before, after)
    except SmallwebError as error:
        problems = {page.name: str(error)}
    problems |= {result.run.job.name: result.outcome.error for result in results if result.outcome.error}
    return DryRun(diff, problems)


def _call(jobs: list[Job]) -> list[Result]:
    now = timezone.now()
    runs = [JobRun(pk=0, job=job, due_at=now, attempt=job.retries + 1) for job in jobs]
    host = CallHost(answer_call)
    try:
        outcomes = call_functions(runs, host=host, on_wait=lambda: None)
        return [Result(run, outcome) for run, outcome in zip(runs, outcomes, strict=True)]
    finally:
        host.close()


def _diff(name: str, before: bytes, after: bytes) -> str:
    encoding = page_encoding(before)
    lines = difflib.unified_diff(
        before.decode(encoding, "replace").splitlines(keepends=True),
        after.decode(encoding, "replace").splitlines(keepends=True),
        f"{name} (now)",
        f"{name} (after the run)",
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
