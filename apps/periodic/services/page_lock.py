"""One lock a page, between threads and processes of this machine."""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...core.run_dir import run_dir
from ...core.sites.beneath import close_quietly, open_parent_beneath
from ...core.sites.paths import SitePath
from ..exceptions import LockUnusable, PageBusy

DEFAULT_TIMEOUT_S = 10.0
_PAUSE_S = 0.002


@contextmanager
def lock_page(site: SitePath, *, timeout_s: float = DEFAULT_TIMEOUT_S) -> Iterator[None]:
    """Hold the page's lock; every writer of the suite takes it, editors of people do not know it.

    Two names of one file share a lock: its key is the folder's inode and the file's name there.
    The kernel lets go when the holder dies. Raises PageBusy, LockUnusable, UnsafeRunDir and what
    ``open_beneath`` refuses.
    """
    try:
        fd = _acquire(_lock_file(site), deadline=time.monotonic() + timeout_s)
    except OSError as error:
        raise LockUnusable(
            f"{site.name} could not be locked: {error.strerror}; "
            "look at its folder and at RUN_DIR of SMALLWEB_CORE."
        ) from error
    if fd is None:
        raise PageBusy(
            f"{site.name} stayed locked by another writer for {timeout_s:g} s; "
            "look for a job of this page that hangs, then run again."
        )
    try:
        yield
    finally:
        close_quietly(fd)


def _lock_file(site: SitePath) -> Path:
    folder_fd, basename = open_parent_beneath(site.root, site.relative)
    try:
        folder = os.fstat(folder_fd)
    finally:
        close_quietly(folder_fd)
    digest = hashlib.sha256(basename.encode()).hexdigest()[:32]
    return run_dir("locks") / f"{folder.st_dev:x}-{folder.st_ino:x}-{digest}.lock"


def _acquire(lock_file: Path, *, deadline: float) -> int | None:
    while True:
        fd = os.open(lock_file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        locked = False
        try:
            locked = _lock_before(fd, deadline=deadline)
            if locked and _is_still(lock_file, fd):
                return fd
        except BaseException:
            close_quietly(fd)
            raise
        close_quietly(fd)
        if not locked:
            return None


def _lock_before(fd: int, *, deadline: float) -> bool:
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_PAUSE_S)  # flock itself waits without a limit or not at all
        else:
            return True


def _is_still(lock_file: Path, fd: int) -> bool:
    """Say whether nobody (a cleaner of temporary folders) removed the file meanwhile."""
    try:
        return os.path.samestat(os.lstat(lock_file), os.fstat(fd))
    except FileNotFoundError:
        return False
