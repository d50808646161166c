"""Opening what lies beneath a folder and nothing else, whatever the names and links say."""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..exceptions import NoSuchFile, NotARegularFile, OutsideSites, PathRefused, SymlinkRefused

_SYS_OPENAT2 = 437  # the same number on every architecture that Python's Linux wheels exist for
_RESOLVE_NO_MAGICLINKS = 0x02
_RESOLVE_NO_SYMLINKS = 0x04
_RESOLVE_BENEATH = 0x08
_O_PATH = getattr(os, "O_PATH", os.O_RDONLY)
_ALWAYS = os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK


class _OpenHow(ctypes.Structure):
    _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))


def open_beneath(root: Path, relative: str, flags: int = os.O_RDONLY) -> int:
    """Return a descriptor of the regular file ``relative`` inside ``root``; the caller closes it.

    Never creates. ``root`` itself may be a symbolic link, nothing under it may. Pipes and devices
    are opened without waiting and then refused. Raises NoSuchFile, SymlinkRefused, NotARegularFile,
    OutsideSites; OSError for everything else (rights, too many open files).
    """
    with _root_descriptor(root) as root_fd, _reasons(root, relative):
        fd = _resolve(root_fd, relative, flags | _ALWAYS)
    try:
        _require_regular(fd, root / relative)
    except BaseException:
        close_quietly(fd)
        raise
    return fd


def open_parent_beneath(root: Path, relative: str) -> tuple[int, str]:
    """Return a descriptor of the folder that holds ``relative``, and the file's own name in it.

    The caller closes it. Raises as ``open_beneath``.
    """
    folder, _, basename = relative.rpartition("/")
    with _root_descriptor(root) as root_fd, _reasons(root, folder or "."):
        fd = _resolve(root_fd, folder or ".", os.O_RDONLY | os.O_DIRECTORY | _ALWAYS)
    return fd, basename


def close_quietly(fd: int) -> None:
    """Close a descriptor that nothing was written through: a fault here loses nothing."""
    with suppress(OSError):
        os.close(fd)


def resolve_with_openat2(root_fd: int, relative: str, flags: int) -> int:
    """Open in one system call that refuses links and leaving (openat2(2), Linux 5.6 and newer)."""
    how = _OpenHow(flags, 0, _RESOLVE_BENEATH | _RESOLVE_NO_SYMLINKS | _RESOLVE_NO_MAGICLINKS)
    name = os.fsencode(relative)
    fd = _libc().syscall(_SYS_OPENAT2, root_fd, name, ctypes.byref(how), ctypes.sizeof(how))
    if fd < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), relative)
    return int(fd)


def resolve_by_walk(root_fd: int, relative: str, flags: int) -> int:
    """Open folder by folder, following no link: the same answers where openat2 is missing."""
    *folders, last = relative.split("/")
    if ".." in folders or last == "..":
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), relative)
    here = os.dup(root_fd)
    try:
        for folder in folders:
            below = _open_step(here, folder, _O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            close_quietly(here)
            here = below
        return _open_step(here, last, flags | os.O_NOFOLLOW)
    finally:
        close_quietly(here)


@functools.cache
def has_openat2() -> bool:
    """Say whether this kernel (and its system call filter) has openat2."""
    here = os.open(".", _O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        close_quietly(resolve_with_openat2(here, ".", _O_PATH | os.O_CLOEXEC))
    except (OSError, AttributeError):
        return False
    finally:
        close_quietly(here)
    return True


def _resolve(root_fd: int, relative: str, flags: int) -> int:
    if "\0" in relative or relative.startswith("/"):
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), relative)
    resolve = resolve_with_openat2 if has_openat2() else resolve_by_walk
    return resolve(root_fd, relative, flags)


def _open_step(folder_fd: int, name: str, flags: int) -> int:
    try:
        return os.open(name, flags, dir_fd=folder_fd)
    except NotADirectoryError as error:
        # O_DIRECTORY hides the link from O_NOFOLLOW: both say ENOTDIR.
        if stat.S_ISLNK(os.stat(name, dir_fd=folder_fd, follow_symlinks=False).st_mode):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), name) from error
        raise


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


@contextmanager
def _root_descriptor(root: Path) -> Iterator[int]:
    try:
        fd = os.open(root, _O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NoSuchFile(
            f"The site folder {root} is missing or no folder; create it or correct the setting."
        ) from error
    try:
        yield fd
    finally:
        close_quietly(fd)


@contextmanager
def _reasons(root: Path, relative: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        refused = _refusal(error.errno, root / relative.replace("\0", "?"))
        if refused is None:
            raise
        raise refused from error


def _refusal(number: int | None, path: Path) -> PathRefused | None:
    if number in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG):
        return NoSuchFile(f"{path} does not exist; create it or correct the name.")
    if number == errno.ELOOP:
        return SymlinkRefused(
            f"{path} is or lies behind a symbolic link; put the file itself into the folder."
        )
    if number == errno.EXDEV:
        return OutsideSites(f"{path} leads out of its site folder; give a path inside it.")
    if number in (errno.EISDIR, errno.ENXIO, errno.ENODEV):
        return _not_regular(path)
    return None


def _require_regular(fd: int, path: Path) -> None:
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        raise _not_regular(path)


def _not_regular(path: Path) -> NotARegularFile:
    return NotARegularFile(f"{path} is no regular file; give the path of a file.")
