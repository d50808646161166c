from __future__ import annotations

import errno
import grp
import os
import pwd
import stat
from pathlib import Path

import pytest

from smallweb.periodic.services.page_rights import keep_rights, lost_rights

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of other users")


def result_of(mode: int, *, uid: int, gid: int) -> os.stat_result:
    return os.stat_result((stat.S_IFREG | mode, 0, 0, 1, uid, gid, 0, 0, 0, 0))


@pytest.mark.parametrize(
    ("mode", "uid", "gid", "owner_groups", "loser"),
    [
        (0o644, 1, 10, set(), None),
        (0o664, 2, 10, {10}, None),
        (0o666, 2, 20, set(), None),
        (0o644, 2, 10, {10}, "its owner, user 1,"),
        (0o664, 2, 10, set(), "its owner, user 1,"),
        (0o600, 2, 10, {10}, "its owner, user 1,"),
        (0o664, 1, 20, set(), "group 10"),
        (0o640, 1, 20, set(), "group 10"),
        (0o644, 1, 20, set(), None),
        (0o444, 2, 10, set(), None),
    ],
)
def test_who_would_lose_access(
    mode: int, uid: int, gid: int, owner_groups: set[int], loser: str | None
) -> None:
    page = result_of(mode, uid=1, gid=10)
    assert lost_rights(page, uid=uid, gid=gid, owner_groups=frozenset(owner_groups)) == loser


def test_root_loses_nothing() -> None:
    assert lost_rights(result_of(0o644, uid=0, gid=0), uid=5, gid=0, owner_groups=frozenset()) is None


def replaced(page: Path) -> Path:
    replacement = page.with_name("replacement")
    with page.open("rb") as old, replacement.open("wb") as new:
        keep_rights(old.fileno(), replacement_fd=new.fileno())
    return replacement


def test_the_mode_is_kept(tmp_path: Path) -> None:
    page = tmp_path / "page"
    page.touch()
    for mode in (0o644, 0o600, 0o664, 0o4755):
        page.chmod(mode)
        assert stat.S_IMODE(replaced(page).stat().st_mode) == mode


def test_extended_attributes_are_kept(tmp_path: Path) -> None:
    page = tmp_path / "page"
    page.touch()
    try:
        os.setxattr(page, "user.colour", b"green")
    except OSError as error:
        assert error.errno == errno.ENOTSUP
        pytest.skip("this file system keeps no attributes")
    assert os.getxattr(replaced(page), "user.colour") == b"green"


@as_root
def test_owner_and_group_are_kept(tmp_path: Path) -> None:
    page = tmp_path / "page"
    page.touch(mode=0o640)
    os.chown(page, 1234, 2345)
    found = replaced(page).stat()
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (1234, 2345, 0o640)


@as_root
@pytest.mark.parametrize(("mode", "refused"), [(0o666, False), (0o644, True)])
def test_an_owner_is_not_robbed_of_the_page(tmp_path: Path, mode: int, refused: bool) -> None:
    nobody = pwd.getpwnam("nobody").pw_uid
    page = tmp_path / "page"
    page.touch()
    page.chmod(mode)
    os.chown(page, 1234, grp.getgrgid(0).gr_gid)
    with page.open("rb") as old:
        replacement = os.open(tmp_path / "replacement", os.O_CREAT | os.O_WRONLY)
        os.fchown(replacement, nobody, 0)
        os.seteuid(nobody)
        try:
            if refused:
                with pytest.raises(PermissionError, match="user 1234, would lose access"):
                    keep_rights(old.fileno(), replacement_fd=replacement)
            else:
                keep_rights(old.fileno(), replacement_fd=replacement)
        finally:
            os.seteuid(0)
            os.close(replacement)
