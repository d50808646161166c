"""The file of a resumable upload in ``receiving``, which one request at a time may write.

The lock is the kernel's: it ends with the process that has it. Who finds it taken leaves a note beside the
file and waits; who has it looks for the note while it receives, and gives way: so a connection that is dead,
and that nobody has noticed yet, does not keep its own client from going on.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from ...core.conf import core_settings
from ...core.socket.pool import in_pool
from ..exceptions import UploadGone, UploadLocked
from ..models import Upload
from .blobs import get_root, room, sync_folder

WAIT_S = 5.0
_LOOK_S = 0.05
_NOTE_EVERY_S = 1.0
_NOTE = ".takeover"
_GONE = "The upload is gone; begin a new one."
_LOCKED = "Another request is at work on this upload; try again in a moment."


class Held:
    """An open file that is this request's alone. All methods may block."""

    def __init__(self, upload: uuid.UUID, fd: int, path: Path) -> None:
        self.upload = upload
        self.path = path
        self._fd = fd

    @property
    def size_bytes(self) -> int:
        return os.fstat(self._fd).st_size

    def cut(self, size_bytes: int) -> None:
        """Forget what lies behind so many bytes."""
        os.ftruncate(self._fd, size_bytes)

    def write(self, block: bytes) -> None:
        """Append the block. Raises DiskFull; what had room then is there."""
        at, rest = self.size_bytes, memoryview(block)
        with room():
            while rest:
                written = os.pwrite(self._fd, rest, at)
                at, rest = at + written, rest[written:]

    def sync(self) -> None:
        """Have the disk itself hold it, unless FSYNC is off. Raises DiskFull."""
        if core_settings().fsync:
            with room():
                os.fsync(self._fd)

    def is_wanted(self) -> bool:
        """Whether another request waits for it."""
        return _note_of(self.path).exists()

    def release(self) -> None:
        # To close it would not do: a process forked meanwhile has it open, too.
        fcntl.flock(self._fd, fcntl.LOCK_UN)
        os.close(self._fd)


def path_of(upload: Upload) -> Path:
    return get_root(upload.root).receiving(str(upload.uuid))


def make_file(upload: Upload) -> None:
    """Make the upload's empty file. Raises DiskFull."""
    path = path_of(upload)
    with room():
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    sync_folder(path.parent)


def remove_file(upload: Upload) -> None:
    """Remove it and the note beside it, where they are."""
    for path in (path_of(upload), _note_of(path_of(upload))):
        path.unlink(missing_ok=True)


def size_of(upload: Upload) -> int:
    """Return how many bytes of it count now. Raises UploadGone."""
    try:
        size = path_of(upload).stat().st_size
    except FileNotFoundError as error:
        raise UploadGone(_GONE) from error
    return size if upload.unverified_from is None else min(size, upload.unverified_from)


def try_hold(upload: Upload) -> Held | None:
    """Return the file if no other request has it. Raises UploadGone."""
    path = path_of(upload)
    try:
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError as error:
        raise UploadGone(_GONE) from error
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _require_same(fd, path)
    except BlockingIOError:
        os.close(fd)
        return None
    except BaseException:
        os.close(fd)
        raise
    _note_of(path).unlink(missing_ok=True)
    return Held(upload.uuid, fd, path)


def wait_to_hold(upload: Upload, *, wait_s: float = WAIT_S) -> Held:
    """Return the file once no other request has it. Raises UploadLocked, UploadGone."""
    deadline = time.monotonic() + wait_s
    while (held := try_hold(upload)) is None:
        if time.monotonic() > deadline:
            raise UploadLocked(_LOCKED)
        time.sleep(_LOOK_S)
    return held


@asynccontextmanager
async def hold(upload: Upload, *, wait_s: float = WAIT_S) -> AsyncIterator[Held]:
    """Have the upload's file; whoever has it is asked to give way. Raises UploadLocked, UploadGone."""
    held = await in_pool(lambda: try_hold(upload)) or await _wait_for(upload, wait_s=wait_s)
    try:
        yield held
    finally:
        await in_pool(held.release)


async def _wait_for(upload: Upload, *, wait_s: float) -> Held:
    deadline = time.monotonic() + wait_s
    noted_at = float("-inf")
    while time.monotonic() < deadline:
        if time.monotonic() - noted_at >= _NOTE_EVERY_S:  # another who waited has taken it away with its turn
            noted_at = time.monotonic()
            await in_pool(_note_of(path_of(upload)).touch)
        await asyncio.sleep(_LOOK_S)
        try:
            held = await in_pool(lambda: try_hold(upload))
        except UploadGone:
            await in_pool(lambda: _note_of(path_of(upload)).unlink(missing_ok=True))
            raise
        if held is not None:
            return held
    raise UploadLocked(_LOCKED)


def _require_same(fd: int, path: Path) -> None:
    """Raise UploadGone if the name has gone, or is another file's: then what is open may be a kept file."""
    try:
        is_same = os.path.samestat(os.fstat(fd), path.stat())
    except FileNotFoundError:
        is_same = False
    if not is_same:
        raise UploadGone(_GONE)


def _note_of(path: Path) -> Path:
    return path.with_name(path.name + _NOTE)
