"""Whose files a user sees in a folder, and may replace or delete."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Left

from ..models import StoredFile
from .policy import FolderRules

OVERSEE = "smallweb_uploads.change_uploadfolder"


def visible_files(folder: FolderRules, *, user: Any) -> QuerySet[StoredFile]:
    """Return the files of the folder that the user may know of, once the folder's rules let the user in."""
    files = StoredFile.objects.filter(folder=folder.pk)
    if not folder.owner_only or user.has_perm(OVERSEE):
        return files
    return files.filter(user=user.pk) if user.is_authenticated else files.none()


def with_prefix(files: QuerySet[StoredFile], prefix: str) -> QuerySet[StoredFile]:
    """Return those whose path begins with it, letter for letter: SQLite's LIKE takes A for a."""
    return files.annotate(head=Left("path", len(prefix))).filter(head=prefix) if prefix else files


def is_hers(folder: FolderRules, file: StoredFile, *, user: Any) -> bool:
    """Whether the file counts as the user's own, as all do where the folder makes no difference."""
    if not folder.owner_only:
        return True
    if user is None or not user.is_authenticated:
        return False
    return file.user_id == user.pk or bool(user.has_perm(OVERSEE))
