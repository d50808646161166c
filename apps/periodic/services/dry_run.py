"""What a run would change, without changing it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from ...core.invoke import CallHost
from ..html import page_encoding
from ..models import Job, JobRun, Page
from .call_functions import answer_call, call_functions
from .page_file import read_page
from .write_values import edit_of, edit_page


@dataclass(frozen=True)
class DryRun:
    """``diff``: a unified diff of the page, "" when nothing would change; ``problems``: job name to reason."""

    diff: str
    problems: dict[str, str]


def dry_run(page: Page, jobs: Iterable[Job] | None = None) -> DryRun:
    """Call the functions of these jobs (default: the page's enabled ones) and say what would change.

    The functions really run; nothing is written or recorded. Raises what reading the page raises.
    """
    now = timezone.now()
    chosen = list(page.jobs.filter(enabled=True) if jobs is None else jobs)
    runs = [JobRun(pk=0, job=job, due_at=now, attempt=1) for job in chosen]
    host = CallHost(answer_call)
    try:
        outcomes = list(call_functions(runs, host=host, on_wait=lambda: None))
    finally:
        host.close()
    problems = {job.name: outcome.error for job, outcome in zip(chosen, outcomes, strict=True) if outcome.error}
    good = [(job, outcome.value) for job, outcome in zip(chosen, outcomes, strict=True) if outcome.succeeded]
    before = read_page(page.site_path()).data
    made = edit_page(page, before, [edit_of(job, value) for job, value in good])
    problems |= {good[index][0].name: str(refusal) for index, refusal in made.refused.items()}
    return DryRun(_diff(page.name, before, made.page), problems)


def _diff(name: str, before: bytes, after: bytes) -> str:
    encoding = page_encoding(before)
    lines = difflib.unified_diff(
        before.decode(encoding, "replace").splitlines(keepends=True),
        after.decode(encoding, "replace").splitlines(keepends=True),
        f"{name} (now)",
        f"{name} (after the run)",
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
