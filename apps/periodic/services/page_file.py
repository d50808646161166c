"""Reading a page and replacing it whole: readers and crashes meet the old page or the new one."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass

from ...core.exceptions import NoSuchFile, SmallwebError
from ...core.sites.beneath import close_quietly, open_beneath, open_parent_beneath
from ...core.sites.paths import SitePath
from ..exceptions import DurabilityUnknown, PageChanged, PageNotReadable, PageNotWritable
from .page_lock import DEFAULT_TIMEOUT_S, lock_page
from .page_rights import keep_rights
from .page_temporaries import create_temporary, remove_temporary

MAX_FOREIGN_EDITS = 10

Change = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class PageIdentity:
    """What tells one state of a page's file from the next."""

    device: int
    inode: int
    mtime_ns: int
    size_bytes: int

    @classmethod
    def of(cls, found: os.stat_result) -> PageIdentity:
        return cls(found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size)


@dataclass(frozen=True, slots=True)
class PageContent:
    """A page as it was read, and the identity that a later write must still find."""

    data: bytes
    identity: PageIdentity


@dataclass(frozen=True, slots=True)
class Update:
    """A page before and after a change; ``changed`` is False when nothing had to be written."""

    before: bytes
    after: bytes
    changed: bool


def read_page(site: SitePath) -> PageContent:
    """Return the page as it is now.

    Raises PageChanged if someone writes into the file all the while, PageNotReadable, and what
    ``open_beneath`` refuses.
    """
    for _ in range(MAX_FOREIGN_EDITS):
        with _failures(site, PageNotReadable, "read"):
            content, is_whole = _read_once(site)
        if is_whole:
            return content
    raise PageChanged(f"{site.name} changed while it was read, {MAX_FOREIGN_EDITS} times; run again later.")


def write_page(site: SitePath, data: bytes, *, seen: PageIdentity, fsync: bool) -> PageIdentity:
    """Replace the page that was ``seen`` by ``data`` and return its new identity.

    Written beside, then renamed; mode, owner, group, ACL and other extended attributes are kept
    (see ``keep_rights``; further hard links keep the old content). A page that this process could
    not edit in place is not replaced either. With ``fsync`` the content reaches the disk before the
    name does, and the name before this returns. The caller holds ``lock_page``; against editors,
    which know no lock, the page is compared with ``seen`` once more right before the rename. Raises
    PageChanged, PageNotWritable (page intact, nothing left behind), DurabilityUnknown (written),
    and what ``open_beneath`` refuses.
    """
    with _failures(site, PageNotWritable, "written"), _open_folder(site) as (folder_fd, basename):
        identity = _replace(site, basename, data, seen=seen, folder_fd=folder_fd, fsync=fsync)
        if fsync:
            _sync_folder(site, folder_fd)
    return identity


def update_page(
    site: SitePath,
    change: Change,
    *,
    fsync: bool,
    lock_timeout_s: float = DEFAULT_TIMEOUT_S,
) -> Update:
    """Read, change and write the page under its lock.

    A page that someone edits meanwhile is read and changed again, so ``change`` may be called more
    than once and must depend on its argument alone. Nothing is written when nothing changed. Raises
    PageBusy, PageChanged (edited again and again), whatever ``change`` raises, and the errors of
    ``read_page`` and ``write_page``.
    """
    with lock_page(site, timeout_s=lock_timeout_s):
        for edits_left in range(MAX_FOREIGN_EDITS, -1, -1):
            page = read_page(site)
            after = change(page.data)
            if after == page.data:
                return Update(before=page.data, after=after, changed=False)
            with suppress(PageChanged) if edits_left else nullcontext():
                write_page(site, after, seen=page.identity, fsync=fsync)
                return Update(before=page.data, after=after, changed=True)
    raise AssertionError("the last round returns or raises")


def _read_once(site: SitePath) -> tuple[PageContent, bool]:
    fd = open_beneath(site.root, site.relative)
    with os.fdopen(fd, "rb") as file:
        before = PageIdentity.of(os.fstat(fd))
        content = PageContent(data=file.read(), identity=before)
        # An editor that writes in place was at work: what was read may be half of each.
        return content, PageIdentity.of(os.fstat(fd)) == before


def _replace(
    site: SitePath, basename: str, data: bytes, *, seen: PageIdentity, folder_fd: int, fsync: bool
) -> PageIdentity:
    fd, temporary = create_temporary(basename, folder_fd=folder_fd)
    try:
        try:
            _fill(fd, data, site=site, seen=seen)
            identity = PageIdentity.of(os.fstat(fd))
            if fsync:
                os.fsync(fd)
        finally:
            # Before the rename: network file systems report a failed write only here.
            os.close(fd)
        _require_seen(site, os.stat(basename, dir_fd=folder_fd, follow_symlinks=False), seen)
        os.rename(temporary, basename, src_dir_fd=folder_fd, dst_dir_fd=folder_fd)
    except BaseException:
        remove_temporary(temporary, folder_fd=folder_fd)
        raise
    return identity


def _fill(fd: int, data: bytes, *, site: SitePath, seen: PageIdentity) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]
    # Opened for writing only to ask the system whether this process may change the page.
    page_fd = open_beneath(site.root, site.relative, os.O_RDWR)
    try:
        _require_seen(site, os.fstat(page_fd), seen)
        keep_rights(page_fd, replacement_fd=fd)
    finally:
        close_quietly(page_fd)


def _require_seen(site: SitePath, found: os.stat_result, seen: PageIdentity) -> None:
    if PageIdentity.of(found) != seen:
        raise PageChanged(f"{site.name} was changed since it was read; read it again and repeat the change.")


@contextmanager
def _open_folder(site: SitePath) -> Iterator[tuple[int, str]]:
    folder_fd, basename = open_parent_beneath(site.root, site.relative)
    try:
        yield folder_fd, basename
    finally:
        close_quietly(folder_fd)


def _sync_folder(site: SitePath, folder_fd: int) -> None:
    try:
        os.fsync(folder_fd)
    except OSError as error:
        if error.errno == errno.EINVAL:  # this file system has no sync of folders
            return
        raise DurabilityUnknown(
            f"{site.name} is written, but its folder could not be synced ({error.strerror}), so the old page "
            "may come back after a power loss; check the disk and run again."
        ) from error


@contextmanager
def _failures(site: SitePath, failure: type[SmallwebError], verb: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise NoSuchFile(
            f"{site.path} does not exist any more; put it back or correct the page's name."
        ) from error
    except OSError as error:
        raise failure(
            f"{site.name} could not be {verb}: {error.strerror}; {_advice(error.errno, site)}."
        ) from error


def _advice(number: int | None, site: SitePath) -> str:
    if number in (errno.EACCES, errno.EPERM):
        return f"user {os.geteuid()} must be able to write to {site.path} and to its folder"
    if number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return f"make room or raise the limit where {site.path} lies"
    if number == errno.EROFS:
        return f"mount the file system of {site.path} writable"
    return f"check the disk that holds {site.path}"
