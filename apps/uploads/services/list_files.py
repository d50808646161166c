"""The files of a folder, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..models import StoredFile
from .owners import visible_files, with_prefix
from .policy import FolderRules

PAGE_FILES = 100


@dataclass(frozen=True, kw_only=True)
class Page:
    """``next_after``: the path after which the next page begins; None on the last one."""

    files: Sequence[StoredFile]
    next_after: str | None


def list_files(folder: FolderRules, *, user: Any, after: str = "", prefix: str = "") -> Page:
    """Return the files whose path begins with ``prefix`` and comes after that path, in the order of paths."""
    files = with_prefix(visible_files(folder, user=user), prefix).order_by("path")
    if after:
        files = files.filter(path__gt=after)
    found = list(files[: PAGE_FILES + 1])
    more = len(found) > PAGE_FILES
    return Page(files=found[:PAGE_FILES], next_after=found[PAGE_FILES - 1].path if more else None)
