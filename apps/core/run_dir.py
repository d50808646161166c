"""The private folder for sockets and lock files."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from .conf import core_settings
from .exceptions import UnsafeRunDir


def run_dir(*parts: str) -> Path:
    """Return the folder ``parts`` inside the setting ``RUN_DIR``, created with mode 0700.

    Each level must be a real folder of the current user that no one else may write to; rights
    that let others read it are taken away. So every process that shares it runs as one user.
    Raises UnsafeRunDir.
    """
    folder = core_settings().run_dir.absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    _make_private(folder)
    for part in parts:
        folder = folder / part
        _make_private(folder)
    return folder


def _make_private(folder: Path) -> None:
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    fault = _fault(found)
    if fault:
        raise UnsafeRunDir(f"{folder} {fault}; remove it or set RUN_DIR of SMALLWEB_CORE to another folder.")
    if stat.S_IMODE(found.st_mode) != 0o700:
        folder.chmod(0o700)


def _fault(found: os.stat_result) -> str | None:
    if not stat.S_ISDIR(found.st_mode):
        return "is no folder, or a symbolic link to one"
    if found.st_uid != os.geteuid():
        return f"belongs to user {found.st_uid}, this process is user {os.geteuid()}"
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return "may be written to by other users"
    return None
