"""Put a file at a path of a folder, if its rules and the caller's conditions hold for what is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.http import parse_etags

from ..exceptions import PreconditionFailed
from ..models import StoredFile
from ..names import folder_path
from .policy import FolderRules
from .store_file import Arrived, Then, require_put, store_at


@dataclass(frozen=True, kw_only=True)
class Preconditions:
    """The validators, with their quotes, of which the file must have one, and of which it must have none;
    ``*`` stands for any file (RFC 9110, section 13.1). None: it does not matter.
    """

    match: tuple[str, ...] | None = None
    none_match: tuple[str, ...] | None = None

    def require(self, held: StoredFile | None) -> None:
        """Raise PreconditionFailed unless they hold for what is at the path."""
        etag = None if held is None else f'"{held.sha256}"'
        if self.match is not None and not _is_among(etag, self.match):
            raise PreconditionFailed("The file is not as If-Match says; fetch it anew.")
        if self.none_match is not None and _is_among(etag, self.none_match):
            raise PreconditionFailed("There is a file already that If-None-Match excludes.")


ANY_STATE = Preconditions()


def preconditions_of(match: str | None, none_match: str | None) -> Preconditions:
    """Read the headers If-Match and If-None-Match; None for one that is not there."""
    weak = [] if none_match is None else parse_etags(none_match)
    return Preconditions(
        match=None if match is None else tuple(parse_etags(match)),
        none_match=None if none_match is None else tuple(etag.removeprefix("W/") for etag in weak),
    )


def require_now(
    folder: FolderRules, path: str, *, user: Any, preconditions: Preconditions = ANY_STATE
) -> StoredFile | None:
    """Return what is at the path, if a file could be put there now: before its bytes come.

    Raises NotAllowed, AlreadyThere, PreconditionFailed.
    """
    held = StoredFile.objects.filter(folder=folder.pk, path=path).first()
    require_put(folder, path, held, user=user)
    preconditions.require(held)
    return held


def put_file(
    folder: FolderRules,
    path: str,
    arrived: Arrived,
    *,
    user: Any,
    now: datetime,
    preconditions: Preconditions = ANY_STATE,
    then: Then | None = None,
) -> StoredFile:
    """Keep the file at the path, and what was there no more.

    Raises BadName, NotAllowed, AlreadyThere, PreconditionFailed, DiskFull; then nothing has changed.
    """
    path = folder_path(path)

    def require(held: StoredFile | None) -> None:
        require_put(folder, path, held, user=user)
        preconditions.require(held)

    return store_at(folder, path, arrived, user=user, now=now, require=require, then=then)


def _is_among(etag: str | None, wanted: tuple[str, ...]) -> bool:
    return etag is not None and ("*" in wanted or etag in wanted)
