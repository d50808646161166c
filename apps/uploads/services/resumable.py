"""Uploads that may be broken off and gone on with: begin one, append to it, join parts, end it.

The truth is the regular file in ``receiving``: its size is how many bytes have come, but for bytes with a
checksum, which count from when that was found to be right. What a client is told has come is on the disk.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Sum
from django.utils import timezone

from ...core.http.rate import place_of
from ...core.models import State
from ...core.socket.pool import in_pool
from ...core.write_turn import write_turn
from ..conf import uploads_settings
from ..exceptions import BadLength, OffsetMismatch, QuotaExceeded, TooLarge, TooMany, UploadGone
from ..models import Upload
from ..names import display_name, folder_path
from .blobs import get_root
from .digests import digests
from .hold import Held, hold, make_file, remove_file
from .intake import Checksum, Intake
from .quota import reserve
from .store_file import require_path
from .target import Target
from .tell_rows import tell_uploads

_STEP_BYTES = 16 * 2**20


@dataclass(frozen=True, kw_only=True)
class Announced:
    """What a client says of a file before it sends it; ``length_bytes`` None: it will say that later.

    ``parts``: the uploads that ``concat`` final is made of. ``metadata`` is what is told back.
    """

    protocol: Upload.Protocol
    name: str = ""
    content_type: str = ""
    text: dict[str, str] = field(default_factory=dict)
    metadata: str = ""
    length_bytes: int | None = None
    concat: Upload.Concat = Upload.Concat.NONE
    parts: tuple[uuid.UUID, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Addition:
    """What a client says of bytes that it sends: where they stand, and how many they are if it knows.

    ``is_last``: whether the upload is whole with them; None: it is when it has its length.
    """

    offset: int = 0
    size_bytes: int | None = None
    length_bytes: int | None = None
    is_last: bool | None = None
    checksum: Checksum | None = None


EMPTY_FOR = timedelta(hours=1)
"""For how long room is kept for an upload of which no byte has come."""


def begin(announced: Announced, *, target: Target, prefix: str, user: Any, address: str) -> Upload:
    """Make the upload, with room for all of it, and its empty file.

    Raises BadName, NotAllowed, AlreadyThere, TooLarge, TypeMismatch, QuotaExceeded, DiskFull.
    """
    now = timezone.now()
    upload = _row_of(announced, target=target, prefix=prefix, user=user, now=now)
    upload.address = address
    _require_few(upload)
    _require_length(announced.length_bytes or 0, target)
    if announced.concat != Upload.Concat.PARTIAL:
        _require_name(announced, upload, target=target, user=user)
    _make(upload, announced.length_bytes or 0, target=target)
    return upload


def _row_of(announced: Announced, *, target: Target, prefix: str, user: Any, now: datetime) -> Upload:
    name = prefix + display_name(announced.name)
    return Upload(
        protocol=announced.protocol,
        handler="" if target.handler is None else target.handler.handler.name,
        folder="" if target.folder is None else target.folder.name,
        root=target.root,
        user=user if user.is_authenticated else None,
        path=name if target.folder is None else folder_path(name),
        content_type=announced.content_type,
        text=announced.text,
        length_bytes=announced.length_bytes,
        metadata=announced.metadata,
        concat=announced.concat,
        parts=[str(part) for part in announced.parts],
        created_at=now,
        active_at=now,
        expires_at=min(now + EMPTY_FOR, _expiry(now)),
    )


def _require_few(upload: Upload) -> None:
    """Raise TooMany for a user, or an address without one, with MAX_OPEN unfinished uploads; QuotaExceeded
    where they are to be longer than USER_QUOTA_BYTES, though nothing of them is kept.
    """
    if upload.user is None and place_of(upload.address)[0] == "machine":
        return  # its proxy speaks for everyone
    of = {"user": upload.user} if upload.user is not None else {"user": None, "address": upload.address}
    given, unfinished = uploads_settings(), Upload.objects.receiving().filter(**of)
    found = unfinished.aggregate(count=Count("pk"), length=Sum("length_bytes"))
    if found["count"] >= given.max_open:
        raise TooMany(f"You have {given.max_open} unfinished uploads; go on with them, or end some.")
    length = (found["length"] or 0) + (upload.length_bytes or 0)
    if upload.concat != Upload.Concat.FINAL and 0 < given.user_quota_bytes < length:
        raise QuotaExceeded(
            f"Your unfinished uploads would have {length} bytes, and may have {given.user_quota_bytes}; go "
            "on with them, or end some."
        )


def _require_name(announced: Announced, upload: Upload, *, target: Target, user: Any) -> None:
    target.require_kind(upload.path, announced.content_type)
    if target.handler is None and target.folder is not None:
        require_path(target.folder, upload.path, user=user)


def _make(upload: Upload, size_bytes: int, *, target: Target) -> None:
    get_root(upload.root).require_room(size_bytes)
    make_file(upload)
    try:
        reserve(upload, size_bytes, folder=target.folder)
    except BaseException:
        remove_file(upload)
        raise
    tell_uploads()


async def append(
    held: Held, upload: Upload, body: AsyncIterable[bytes], addition: Addition, *, target: Target
) -> None:
    """Append the body; what came counts though the body is cut off, unless it has a checksum.

    Raises OffsetMismatch, BadLength, TooLarge, QuotaExceeded, DiskFull, ChecksumMismatch, UploadLocked,
    UploadGone, TooSlow, ClientGone.
    """
    await in_pool(lambda: _prepare(held, upload, addition, target=target))
    if addition.size_bytes == 0 and addition.checksum is None:
        return
    intake = Intake(
        held,
        require=lambda size: _require_room(upload, size, target=target),
        tell=lambda size: _tell(upload, size),
        checksum=addition.checksum,
    )
    try:
        await intake.take(body)
        intake.verify()
    except BaseException:
        await in_pool(lambda: _settle(held, upload, target=target, cut=addition.checksum is not None))
        raise
    finally:
        intake.keep_digest()
    await in_pool(lambda: _settle(held, upload, target=target))


def is_whole(held: Held, upload: Upload, addition: Addition) -> bool:
    """Whether nothing is missing now. Raises BadLength for a last piece that is too short."""
    size = held.size_bytes
    if addition.is_last and upload.length_bytes not in (None, size):
        raise BadLength(f"{size} bytes have come, and {upload.length_bytes} were announced.")
    return size == upload.length_bytes if addition.is_last is None else addition.is_last


def note_whole(held: Held, upload: Upload) -> None:
    """Have the row say that all has come: nothing can be appended any more."""
    upload.length_bytes = upload.received_bytes = held.size_bytes
    upload.received_at = timezone.now()
    _save(upload, "length_bytes", "received_bytes", "received_at")


async def terminate(upload: Upload) -> None:
    """End it unfinished, and leave nothing of it. Raises UploadLocked, UploadGone."""
    async with hold(upload):
        await in_pool(lambda: _abort(upload))


def give_up(upload: Upload, *, now: datetime) -> None:
    """End what nobody has gone on with in time; its file is this caller's alone."""
    _end(upload, State.LOST, error="It was not gone on with in time.", now=now)


def give_up_handled(upload: Upload, *, now: datetime) -> None:
    """End what has come whole and was kept or handled, though nobody has ended it."""
    upload.refresh_from_db()
    if upload.state == State.RUNNING and upload.files and not upload.handler:
        _end(upload, State.SUCCESSFUL, now=now)  # a folder has it, and that was all
    elif upload.state == State.RUNNING:
        error = (
            "The server was stopped while it handled this; look whether it is there before sending it again."
        )
        _end(upload, State.LOST, error=error, now=now)


def _abort(upload: Upload) -> None:
    _refresh(upload)
    _end(upload, State.CANCELLED, now=timezone.now())


def _end(upload: Upload, state: State, *, error: str = "", now: datetime) -> None:
    with write_turn():
        upload.end(state, now=now, error=error)
    remove_file(upload)
    digests.forget(upload.uuid)
    tell_uploads()


def _prepare(held: Held, upload: Upload, addition: Addition, *, target: Target) -> None:
    """Bring file and row to where this piece begins."""
    _refresh(upload)
    if upload.unverified_from is not None:  # its request was killed
        _cut(held, upload)
    size = held.size_bytes
    if addition.offset != size:
        raise OffsetMismatch(f"The upload has {size} bytes; go on from there, not from {addition.offset}.")
    _learn_length(upload, addition, size, target=target)
    get_root(upload.root).require_room((upload.length_bytes or size) - size)
    if addition.checksum is not None:
        upload.unverified_from = size
        _save(upload, "unverified_from")


def _refresh(upload: Upload) -> None:
    """Read the row anew, for it may have changed before the file was ours. Raises UploadGone."""
    upload.refresh_from_db()
    if upload.is_over or upload.received_at is not None:
        raise UploadGone("The upload has ended; nothing can be added to it.")


def _learn_length(upload: Upload, addition: Addition, size: int, *, target: Target) -> None:
    """Take the length that is told now, or known by the size of the last piece."""
    told = addition.length_bytes
    if addition.is_last and addition.size_bytes is not None:
        told = _same(told, size + addition.size_bytes)
    length = _same(upload.length_bytes, told)
    if length is not None and length < size + (addition.size_bytes or 0):
        raise TooLarge(f"The upload has {length} bytes in all, and this would make it longer.")
    if upload.length_bytes is None and length is not None:
        _require_length(length, target)
        reserve(upload, length, folder=target.folder)
        upload.length_bytes = length
        _save(upload, "length_bytes")


def _same(one: int | None, other: int | None) -> int | None:
    if one is not None and other is not None and one != other:
        raise BadLength(f"The upload cannot have {one} bytes and {other}; send one length.")
    return other if one is None else one


def _require_length(length: int, target: Target) -> None:
    if length > target.max_bytes:
        raise TooLarge(f"The file has {length} bytes; at most {target.max_bytes} are taken.")


def _require_room(upload: Upload, size: int, *, target: Target) -> None:
    """Raise unless the file may have this size; without a known length room is taken step by step."""
    if upload.length_bytes is not None:
        if size > upload.length_bytes:
            raise TooLarge(f"The upload has {upload.length_bytes} bytes in all, and more came.")
        return
    _require_length(size, target)
    if target.folder is None or size <= upload.reserved_bytes:
        return
    get_root(upload.root).require_room(_STEP_BYTES)
    try:
        reserve(upload, size + _STEP_BYTES, folder=target.folder)
    except QuotaExceeded:
        reserve(upload, size, folder=target.folder)


def _settle(held: Held, upload: Upload, *, target: Target, cut: bool = False) -> None:
    """Make what came last, and have the row say so; ``cut``: as if nothing of this piece had come."""
    if cut and upload.unverified_from is not None:
        _cut(held, upload)
    held.sync()
    now = timezone.now()
    upload.received_bytes, upload.unverified_from = held.size_bytes, None
    upload.active_at, upload.expires_at = now, _expiry(now)
    _save(upload, "received_bytes", "unverified_from", "active_at", "expires_at")
    if upload.length_bytes is None and target.folder is not None:
        reserve(upload, upload.received_bytes, folder=target.folder)


def _cut(held: Held, upload: Upload) -> None:
    held.cut(upload.unverified_from or 0)
    held.sync()
    upload.unverified_from = None
    digests.forget(upload.uuid)
    _save(upload, "unverified_from")


def _tell(upload: Upload, size: int) -> None:
    row = Upload.objects.filter(pk=upload.pk, state=State.RUNNING)
    with write_turn():
        is_there = row.update(received_bytes=size, active_at=timezone.now())
    if not is_there:
        raise UploadGone("The upload was aborted.")
    tell_uploads()


def _save(upload: Upload, *names: str) -> None:
    with write_turn():
        upload.save(update_fields=names)


def _expiry(now: datetime) -> datetime:
    return now + timedelta(hours=uploads_settings().expire_hours)
