"""The files of a folder, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models.functions import Left

from ..models import StoredFile
from .owners import visible_files
from .policy import FolderRules

PAGE_FILES = 100


@dataclass(frozen=True, kw_only=True)
class Page:
    """``next_after``: the path after which the next page begins; None on the last one."""

    files: Sequence[StoredFile]
    next_after: str | None


def list_files(folder: FolderRules, *, user: Any, after: str = "", prefix: str = "") -> Page:
    """Return the files whose path begins with ``prefix`` and comes after that path, in the order of paths."""
    files = visible_files(folder, user=user).order_by("path")
    if after:
        files = files.filter(path__gt=after)
    if prefix:  # in SQLite, startswith takes A for a
        files = files.annotate(head=Left("path", len(prefix))).filter(head=prefix)
    found = list(files[: PAGE_FILES + 1])
    more = len(found) > PAGE_FILES
    return Page(files=found[:PAGE_FILES], next_after=found[PAGE_FILES - 1].path if more else None)
