"""One upload made of others."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

from django.utils import timezone

from ...core.models import State
from ...core.write_turn import write_turn
from ..exceptions import BadParts
from ..models import Upload
from .blobs import room, sync_file
from .hold import path_of, remove_file, size_of, wait_to_hold
from .resumable import Announced, begin
from .target import Target

MAX_PARTS = 1000


def join_parts(announced: Announced, *, target: Target, prefix: str, user: Any, address: str) -> Upload:
    """Make the upload of its parts, whose room it takes over; they end, and their files are gone.

    Raises BadParts unless each is a finished part of the same user's for the same target; UploadLocked and
    UploadGone where another request has one of them; and what ``begin`` raises. The parts are then as they
    were.
    """
    parts = _parts_of(announced.parts, target=target, user=user)
    with _held(parts):
        whole = _begin_whole(announced, parts, target=target, prefix=prefix, user=user, address=address)
        try:
            _copy(parts, whole)
        except BaseException:
            _undo(parts, whole)
            raise
        for part in parts:
            with write_turn():
                part.end(State.SUCCESSFUL, now=timezone.now())
            remove_file(part)
    return whole


@contextmanager
def _held(parts: Sequence[Upload]) -> Iterator[None]:
    """Let no other request join the parts meanwhile."""
    with ExitStack() as stack:
        for part in parts:
            stack.callback(wait_to_hold(part).release)
        yield


def _begin_whole(
    announced: Announced, parts: Sequence[Upload], *, target: Target, prefix: str, user: Any, address: str
) -> Upload:
    """Return the empty upload, which has the room of its parts."""
    length = sum(part.length_bytes or 0 for part in parts)
    with write_turn():
        Upload.objects.filter(pk__in=[part.pk for part in parts]).update(reserved_bytes=0)
        whole = replace(announced, length_bytes=length)
        return begin(whole, target=target, prefix=prefix, user=user, address=address)


def _parts_of(wanted: Sequence[uuid.UUID], *, target: Target, user: Any) -> list[Upload]:
    if not 1 <= len(wanted) <= MAX_PARTS or len(set(wanted)) < len(wanted):
        raise BadParts(f"An upload is joined of 1 to {MAX_PARTS} parts, each named once.")
    rows = Upload.objects.open().filter(uuid__in=wanted, concat=Upload.Concat.PARTIAL)
    found = {part.uuid: part for part in rows}
    for each in wanted:
        if each not in found or not _is_fit(found[each], target=target, user=user):
            raise BadParts(f"The part {each} is none of yours, or is not complete; send it first.")
    return [found[each] for each in wanted]


def _is_fit(part: Upload, *, target: Target, user: Any) -> bool:
    handler = "" if target.handler is None else target.handler.handler.name
    folder = "" if target.folder is None else target.folder.name
    is_same = (part.handler, part.folder, part.user_id) == (handler, folder, user.pk)
    return is_same and size_of(part) == part.length_bytes


def _copy(parts: Sequence[Upload], whole: Upload) -> None:
    with room(), path_of(whole).open("r+b") as target:
        for part in parts:
            with path_of(part).open("rb") as source:
                shutil.copyfileobj(source, target, 2**20)
    sync_file(path_of(whole))


def _undo(parts: Sequence[Upload], whole: Upload) -> None:
    remove_file(whole)
    with write_turn():
        whole.delete()
        for part in parts:
            part.save(update_fields=["reserved_bytes"])
