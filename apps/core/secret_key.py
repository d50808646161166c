"""The secret key of a project that was given none: made once, kept in a file that only its owner reads."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key


def kept_secret_key(path: Path) -> str:
    """Return the key in this file, made with mode 0600 when it is not there.

    Rights that let others read it are taken away. Raises ImproperlyConfigured when the file is
    empty, or when another user could have written the key.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        _make(path)
    with path.open() as file:
        found = os.fstat(file.fileno())
        key = file.read().strip()
    fault = _fault(found) if key else "the file is empty"
    if fault:
        raise ImproperlyConfigured(
            f"The secret key in {path} cannot be used: {fault}. "
            "Remove the file, after which everybody must log in again, or give SECRET_KEY."
        )
    if stat.S_IMODE(found.st_mode) & 0o077:
        path.chmod(0o600)
    return key


def _make(path: Path) -> None:
    """Give the file its name when the key is in it: other processes start at the same moment."""
    descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(get_random_secret_key())
        with suppress(FileExistsError):
            path.hardlink_to(beside)
    finally:
        Path(beside).unlink()


def _fault(found: os.stat_result) -> str:
    if os.geteuid() not in (0, found.st_uid) and found.st_uid:
        return f"it belongs to user {found.st_uid}, this process is user {os.geteuid()}"
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return f"other users may write to it (mode {stat.S_IMODE(found.st_mode):o})"
    return ""
