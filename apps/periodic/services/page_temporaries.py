"""The hidden files that pages are written to before they take the page's name."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import stat
from contextlib import suppress
from pathlib import Path

_LEFT_OVER = re.compile(r"\..+\.\d+-[0-9a-f]{12}\.smallweb-tmp")
_CHARACTERS_KEPT = 40


def create_temporary(basename: str, *, folder_fd: int) -> tuple[int, str]:
    """Return the descriptor and the name of a new private file in the folder, for one writer.

    A lock on the descriptor says for as long as it is open that its writer lives.
    """
    name = f".{basename[:_CHARACTERS_KEPT]}.{os.getpid()}-{secrets.token_hex(6)}.smallweb-tmp"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    fd = os.open(name, flags, 0o600, dir_fd=folder_fd)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        os.close(fd)
        remove_temporary(name, folder_fd=folder_fd)
        raise
    return fd, name


def remove_temporary(name: str, *, folder_fd: int) -> None:
    """Remove the file if it is there; what cannot be removed now is left for the sweep."""
    with suppress(OSError):
        os.unlink(name, dir_fd=folder_fd)


def sweep_temporaries(root: Path, *, older_than_s: float, now: float) -> int:
    """Remove what dead writers left in ``root`` and below, and return how many files that were.

    ``now`` is in seconds of the epoch. Files of living writers and files younger than
    ``older_than_s`` stay; that must be longer than the moments in which a writer has no lock on its
    file: right after making it and right before renaming it. Links are not followed, hidden folders
    are not entered.
    """
    removed = 0
    for _, folders, names, folder_fd in os.fwalk(root):
        folders[:] = [folder for folder in folders if not folder.startswith(".")]
        for name in filter(_LEFT_OVER.fullmatch, names):
            removed += _sweep_one(name, folder_fd=folder_fd, before=now - older_than_s)
    return removed


def _sweep_one(name: str, *, folder_fd: int, before: float) -> bool:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        fd = os.open(name, flags, dir_fd=folder_fd)
    except OSError:
        return False
    try:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode) or found.st_mtime > before:
            return False
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.unlink(name, dir_fd=folder_fd)
    except OSError:
        return False
    finally:
        os.close(fd)
    return True
