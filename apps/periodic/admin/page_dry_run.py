"""What a run would change, shown line by line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_KINDS = {"+": "added", "-": "removed", "@": "place"}
MAX_LINE = 2000


@dataclass(frozen=True)
class DiffLine:
    """``kind``: added, removed, place, head or same."""

    kind: str
    text: str


def diff_lines(diff: str) -> Iterator[DiffLine]:
    """Yield the lines of a unified diff; a line that no screen can show is shortened."""
    for number, line in enumerate(diff.splitlines()):
        kind = "head" if number < 2 else _KINDS.get(line[:1], "same")
        yield DiffLine(kind, line if len(line) <= MAX_LINE else f"{line[:MAX_LINE]}\N{HORIZONTAL ELLIPSIS}")
