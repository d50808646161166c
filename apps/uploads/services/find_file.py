"""Stored files by what clients call them, if the caller may know of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from ...core.access import Actor, may
from ..exceptions import BadName, NothingHere, TooLarge
from ..models import StoredFile
from ..names import folder_path
from .owners import is_hers, visible_files, with_prefix
from .policy import FolderRules, Policy
from .zip_files import MAX_FILES

NOTHING = "There is nothing here."
_MAX_NAMED = 500


def find_file(folder: FolderRules, path: str, *, user: Any) -> StoredFile:
    """Return the file at the path; the same error for one that is not there and for another user's.

    Raises NothingHere.
    """
    found = visible_files(folder, user=user).filter(path=_as_path(path)).first()
    if found is None:
        raise NothingHere(NOTHING)
    return found


def find_by_id(uuid: UUID, policy: Policy, *, user: Any) -> StoredFile:
    """Return the file if its folder's rules let the user fetch it. Raises NothingHere for any other."""
    file, folder = _with_rules(uuid, policy)
    rule = folder.read_access
    if not rule or not may(Actor(user), rule) or not is_hers(folder, file, user=user):
        raise NothingHere(NOTHING)
    return file


def find_linked(uuid: UUID, policy: Policy) -> StoredFile:
    """Return the file that a signed link names. Raises NothingHere."""
    return _with_rules(uuid, policy)[0]


def find_many(folder: FolderRules, paths: Sequence[str], *, user: Any, prefix: str = "") -> list[StoredFile]:
    """Return the files at these paths, all whose path begins with ``prefix`` where none is named.

    Raises NothingHere if one of them is not there, TooLarge for more than can be sent at once.
    """
    if len(paths) > _MAX_NAMED:
        raise TooLarge(f"{len(paths)} files are named; name at most {_MAX_NAMED}, or none for all.")
    wanted = {_as_path(path) for path in paths}
    files = visible_files(folder, user=user).order_by("path")
    files = files.filter(path__in=wanted) if wanted else with_prefix(files, prefix)
    found = list(files[: MAX_FILES + 1])
    if len(found) > MAX_FILES:
        raise TooLarge(f"The folder has more than the {MAX_FILES} files that go into one ZIP; name some.")
    if len(found) < len(wanted):
        raise NothingHere(NOTHING)
    return found


def _as_path(given: str) -> str:
    """Return the path of a file that could be there; what is no path is a file that is not."""
    try:
        return folder_path(given)
    except BadName as error:
        raise NothingHere(NOTHING) from error


def _with_rules(uuid: UUID, policy: Policy) -> tuple[StoredFile, FolderRules]:
    file = StoredFile.objects.select_related("folder").filter(uuid=uuid).first()
    folder = None if file is None else policy.folders.get(file.folder.name)
    if file is None or folder is None:
        raise NothingHere(NOTHING)
    return file, folder
