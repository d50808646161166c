"""Carrying the rights of a page over to the file that replaces it."""

from __future__ import annotations

import errno
import os
import pwd
import stat
from contextlib import suppress

_FOREIGN_ATTRIBUTE = {errno.EPERM, errno.EACCES, errno.ENOTSUP, errno.ENODATA}
_ACL = "system.posix_acl_access"


def keep_rights(page_fd: int, *, replacement_fd: int) -> None:
    """Give the replacement the page's owner, group, mode, ACL and other extended attributes.

    Only root may give a file away. Where the owner or the group cannot be kept, the write goes on
    if everyone may still do what the page allowed them (the old owner as a member of the group,
    say); otherwise raises PermissionError that names who would lose what. Attributes of the system
    (labels) that this user may not set are left to the system.
    """
    page = os.fstat(page_fd)
    _keep_owner(page, replacement_fd)
    os.fchmod(replacement_fd, stat.S_IMODE(page.st_mode))
    _copy_attributes(page_fd, replacement_fd)


def lost_rights(page: os.stat_result, *, uid: int, gid: int, owner_groups: frozenset[int]) -> str | None:
    """Say who could no longer read or write the page if ``uid`` and ``gid`` owned it, else None."""
    owner, group, others = (stat.S_IMODE(page.st_mode) >> shift & 0o6 for shift in (6, 3, 0))
    if gid != page.st_gid and group & ~others:
        return f"group {page.st_gid}"
    left = group if gid in owner_groups else others
    if uid != page.st_uid and page.st_uid != 0 and owner & ~left:
        return f"its owner, user {page.st_uid},"
    return None


def _keep_owner(page: os.stat_result, replacement_fd: int) -> None:
    for uid, gid in ((page.st_uid, page.st_gid), (-1, page.st_gid)):
        with suppress(PermissionError):
            os.fchown(replacement_fd, uid, gid)
            break
    made = os.fstat(replacement_fd)
    if (made.st_uid, made.st_gid) == (page.st_uid, page.st_gid):
        return
    loser = lost_rights(page, uid=made.st_uid, gid=made.st_gid, owner_groups=_groups_of(page.st_uid))
    if loser:
        raise PermissionError(errno.EPERM, f"{loser} would lose access to the page")


def _groups_of(uid: int) -> frozenset[int]:
    try:
        user = pwd.getpwuid(uid)
    except KeyError:
        return frozenset()
    return frozenset(os.getgrouplist(user.pw_name, user.pw_gid))


def _copy_attributes(page_fd: int, replacement_fd: int) -> None:
    if not hasattr(os, "listxattr"):
        return
    try:
        names = os.listxattr(page_fd)
    except OSError as error:
        if error.errno == errno.ENOTSUP:
            return
        raise
    for name in names:
        try:
            os.setxattr(replacement_fd, name, os.getxattr(page_fd, name))
        except OSError as error:
            if name == _ACL or error.errno not in _FOREIGN_ATTRIBUTE:
                raise
