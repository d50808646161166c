"""Put away what nobody will ask for again: uploads that were not gone on with, what killed servers have left,
rows of old uploads, and files of folders that keep them for a while only.
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from django.db.models import Q

from ...core.exceptions import SmallwebError
from ...core.models import State
from ..conf import uploads_settings
from ..exceptions import NothingHere, UploadGone
from ..models import StoredFile, Upload, UploadFolder
from .blobs import RECEIVING, Root, all_roots
from .hold import try_hold
from .resumable import give_up
from .store_file import delete_file

logger = logging.getLogger(__name__)

LEFT_FOR = timedelta(hours=1)
ORPHANED_FOR = timedelta(days=1)
_AT_ONCE = 500
# A storage may hold other things than ours, and add a suffix to a name that is taken.
_KEY = re.compile(r"[0-9a-f]{32}(?:_\w+)?", re.ASCII)
_UUID_IN_FRONT = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=\.|\Z)", re.ASCII)


def sweep(now: datetime) -> int:
    """Put away what is over; return how many things that were. Each call does a bounded part of it."""
    count = _sweep_expired(now) + _sweep_rows(now) + _sweep_kept(now)
    for root in all_roots():
        count += _sweep_receiving(root, now)
    return count


def sweep_orphans(now: datetime) -> int:
    """Delete kept bytes without a row that are older than a day; return how many. It looks at all files."""
    count = 0
    for root in all_roots():
        for key in list_orphans(root, now=now):
            root.delete(key)
            count += 1
    return count


def list_orphans(root: Root, *, now: datetime, older_than: timedelta = ORPHANED_FOR) -> Iterator[str]:
    """Yield the keys of bytes in the root that no row names."""
    kept = root.keys()
    old = (key for key, since in kept if since <= now - older_than and _KEY.fullmatch(key))
    while keys := set(islice(old, _AT_ONCE)):
        yield from sorted(keys - _named(keys))


def _named(keys: set[str]) -> set[str]:
    rows = StoredFile.objects.filter(Q(key__in=keys) | Q(preview_key__in=keys))
    return {key for pair in rows.values_list("key", "preview_key") for key in pair}


def _sweep_expired(now: datetime) -> int:
    """End what was not gone on with, but for what a request is at work on at this moment."""
    rows = Upload.objects.filter(state=State.RUNNING, expires_at__lte=now).order_by("expires_at")
    return sum(_give_up(upload, now) for upload in rows[:_AT_ONCE])


def _give_up(upload: Upload, now: datetime) -> bool:
    try:
        held = try_hold(upload)
    except UploadGone:
        give_up(upload, now=now)
        return True
    except NothingHere:  # its root is no longer in the settings
        upload.end(State.LOST, now=now, error="Its root is gone.")
        return True
    if held is None:
        return False
    try:
        upload.refresh_from_db()
        is_over = upload.state == State.RUNNING and upload.expires_at is not None and upload.expires_at <= now
        if is_over:
            give_up(upload, now=now)
        return is_over
    finally:
        held.release()


def _sweep_receiving(root: Root, now: datetime) -> int:
    """Remove files whose upload is over, and which have lain for an hour."""
    left = list_left(root, now=now)
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


def list_left(root: Root, *, now: datetime, older_than: timedelta = LEFT_FOR) -> list[Path]:
    """Return what lies in ``receiving`` and belongs to no open upload."""
    old = [path for path in _files(root.folder / RECEIVING) if _age(path, now) >= older_than]
    open_ones = _open_among({found for path in old if (found := _upload_of(path)) is not None})
    return [path for path in old if _upload_of(path) not in open_ones]


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []


def _age(path: Path, now: datetime) -> timedelta:
    try:
        return now - datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return timedelta(0)


def _upload_of(path: Path) -> uuid.UUID | None:
    found = _UUID_IN_FRONT.match(path.name)
    return None if found is None else uuid.UUID(found[0])


def _open_among(uuids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    wanted, found = iter(uuids), set[uuid.UUID]()
    while some := list(islice(wanted, _AT_ONCE)):
        found.update(Upload.objects.open().filter(uuid__in=some).values_list("uuid", flat=True))
    return found


def _sweep_rows(now: datetime) -> int:
    """Delete the rows of uploads that ended long ago."""
    before = now - timedelta(days=uploads_settings().keep_days)
    old = Upload.objects.filter(finished_at__lt=before).order_by("finished_at").values_list("pk", flat=True)
    pks = list(old[:_AT_ONCE])
    Upload.objects.filter(pk__in=pks).delete()
    return len(pks)


def _sweep_kept(now: datetime) -> int:
    """Delete the files of folders that keep them for so many days only."""
    count = 0
    for folder in UploadFolder.objects.exclude(keep_days=None):
        before = now - timedelta(days=folder.keep_days or 0)
        for file in StoredFile.objects.filter(folder=folder, created_at__lt=before)[:_AT_ONCE]:
            count += _delete(file)
    return count


def _delete(file: StoredFile) -> bool:
    try:
        delete_file(file)
    except SmallwebError as error:  # its root is no longer in the settings
        logger.warning("file=%s was not deleted: %s", file.uuid, error)
        return False
    return True
