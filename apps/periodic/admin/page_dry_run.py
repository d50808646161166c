"""What a run would change, shown line by line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...core.exceptions import SmallwebError
from ..models import Job, Page
from ..services.dry_run import DryRun, dry_run

_KINDS = {"+": "added", "-": "removed", "@": "place"}
MAX_LINE = 2000


@dataclass(frozen=True)
class DiffLine:
    """``kind``: added, removed, place, head or same."""

    kind: str
    text: str


def try_page(page: Page, jobs: list[Job] | None) -> DryRun:
    """Do the dry run; a page that cannot be read is a problem like others."""
    try:
        return dry_run(page, jobs)
    except SmallwebError as error:
        return DryRun("", {page.name: str(error)})


def diff_lines(diff: str) -> Iterator[DiffLine]:
    """Yield the lines of a unified diff; a line that no screen can show is shortened."""
    for number, line in enumerate(diff.splitlines()):
        kind = "head" if number < 2 else _KINDS.get(line[:1], "same")
        yield DiffLine(kind, line if len(line) <= MAX_LINE else f"{line[:MAX_LINE]}\N{HORIZONTAL ELLIPSIS}")
