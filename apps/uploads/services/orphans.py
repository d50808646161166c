"""What lies on the disks and no row names, and what rows name that lies nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Literal

from ..exceptions import NothingHere
from ..models import StoredFile
from ..registry import default_root
from .blobs import RECEIVING, STORED, Root, all_roots, get_root
from .sweep import LEFT_FOR, list_left, list_orphans

MAX_FOUND = 500
MAX_ROWS = 10_000

Place = Literal["receiving", "stored"]


@dataclass(frozen=True, kw_only=True)
class Orphan:
    """``name``: a key of ``stored``, or the name of a file in ``receiving``."""

    root: str
    place: Place
    name: str
    size_bytes: int
    since: datetime

    def is_removable(self, now: datetime) -> bool:
        """Whether nobody can be about to make a row of it."""
        return self.since <= now - LEFT_FOR


def find_orphans(now: datetime, *, older_than: timedelta = timedelta(0)) -> list[Orphan]:
    """Return up to MAX_FOUND orphans of each place of each root. Looks at every file."""
    return [orphan for root in all_roots() for orphan in _of_root(root, now, older_than)]


def remove_orphans(now: datetime) -> list[Orphan]:
    """Remove those that are older than an hour, and return them."""
    found = find_orphans(now, older_than=LEFT_FOR)
    for orphan in found:
        _remove(orphan)
    return found


def remove_orphan(root: str, place: str, name: str, *, now: datetime) -> Orphan:
    """Remove the one of this name. Raises NothingHere unless it is an orphan that is older than an hour."""
    for orphan in find_orphans(now, older_than=LEFT_FOR):
        if (orphan.root, orphan.place, orphan.name) == (root, place, name):
            _remove(orphan)
            return orphan
    raise NothingHere(
        f"{name:.80} in {place:.20} of {root:.80} is gone, is in use, or is not an hour old yet."
    )


def find_missing() -> list[StoredFile]:
    """Return those of the newest MAX_ROWS files whose bytes are not there, at most MAX_FOUND."""
    newest = StoredFile.objects.select_related("folder").order_by("-pk")[:MAX_ROWS]
    return list(islice((file for file in newest if not _is_there(file)), MAX_FOUND))


def _is_there(file: StoredFile) -> bool:
    try:
        get_root(file.root or default_root()).about(file.key)
    except NothingHere:
        return False
    return True


def _of_root(root: Root, now: datetime, older_than: timedelta) -> Iterator[Orphan]:
    for path in list_left(root, now=now, older_than=older_than)[:MAX_FOUND]:
        try:
            found = path.stat()
        except FileNotFoundError:
            continue
        since = datetime.fromtimestamp(found.st_mtime, UTC)
        yield Orphan(root=root.name, place=RECEIVING, name=path.name, size_bytes=found.st_size, since=since)
    for key in islice(list_orphans(root, now=now, older_than=older_than), MAX_FOUND):
        try:
            size_bytes, since = root.about(key)
        except NothingHere:
            continue
        yield Orphan(root=root.name, place=STORED, name=key, size_bytes=size_bytes, since=since)


def _remove(orphan: Orphan) -> None:
    root = get_root(orphan.root)
    if orphan.place == STORED:
        root.delete(orphan.name)
    else:
        (root.folder / RECEIVING / orphan.name).unlink(missing_ok=True)
