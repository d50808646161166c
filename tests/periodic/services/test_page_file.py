from __future__ import annotations

import errno
import os
import pwd
import resource
import stat
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from smallweb.core.exceptions import NoSuchFile, SymlinkRefused
from smallweb.core.sites.paths import SitePath, locate
from smallweb.periodic.exceptions import DurabilityUnknown, PageChanged, PageNotReadable, PageNotWritable
from smallweb.periodic.services import page_file
from smallweb.periodic.services.page_file import MAX_FOREIGN_EDITS, read_page, update_page, write_page
from smallweb.periodic.services.page_rights import keep_rights
from tests.descriptors import count_open_files

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
OLD = b"<p id='a'>old</p>\r\n" * 1500


@pytest.fixture
def place(tmp_path: Path, settings: Settings) -> SitePath:
    settings.SMALLWEB_CORE = {"SITES": {"": tmp_path / "site"}, "RUN_DIR": tmp_path / "run"}
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_bytes(OLD)
    return locate("index.html")


@pytest.fixture(autouse=True)
def nothing_is_left_behind(place: SitePath) -> Iterator[None]:
    before = count_open_files(place.root)
    yield
    assert count_open_files(place.root) == before
    assert not [path for path in place.root.iterdir() if path.name.startswith(".")]


def to(after: bytes) -> page_file.Change:
    return lambda before: after


def test_a_page_is_read_with_its_identity(place: SitePath) -> None:
    page = read_page(place)
    found = place.path.stat()
    assert page.data == OLD
    assert (page.identity.inode, page.identity.size_bytes) == (found.st_ino, len(OLD))
    assert page == read_page(place)


@pytest.mark.parametrize("fsync", [True, False])
def test_a_page_is_replaced_whole_and_known_by_its_new_identity(place: SitePath, fsync: bool) -> None:
    with place.path.open("rb") as reader:
        identity = write_page(place, b"new", seen=read_page(place).identity, fsync=fsync)
        assert reader.read() == OLD
    assert (read_page(place).data, read_page(place).identity) == (b"new", identity)
    write_page(place, b"newer", seen=identity, fsync=fsync)
    assert place.path.read_bytes() == b"newer"


def test_an_empty_page_and_a_large_one_are_written(place: SitePath) -> None:
    for data in (b"", b"x" * 10_000_000, b"\0\xff"):
        assert update_page(place, to(data), fsync=False).after == place.path.read_bytes() == data


def test_an_update_tells_before_and_after(place: SitePath) -> None:
    update = update_page(place, lambda before: before.replace(b"old", b"new", 1), fsync=True)
    assert (update.before, update.changed) == (OLD, True)
    assert update.after == place.path.read_bytes() != OLD


def test_nothing_is_written_when_nothing_changed(place: SitePath) -> None:
    before = place.path.stat()
    update = update_page(place, lambda data: data, fsync=True)
    assert (update.changed, update.before, update.after) == (False, OLD, OLD)
    after = place.path.stat()
    assert (after.st_ino, after.st_mtime_ns, after.st_ctime_ns) == (
        before.st_ino,
        before.st_mtime_ns,
        before.st_ctime_ns,
    )


def test_a_change_that_raises_changes_nothing_and_lets_go_of_the_lock(place: SitePath) -> None:
    def change(data: bytes) -> bytes:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        update_page(place, change, fsync=False)
    assert place.path.read_bytes() == OLD
    update_page(place, to(b"new"), fsync=False, lock_timeout_s=0)


def edit_in_place(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"EDIT")


def edit_by_replacing(path: Path) -> None:
    beside = path.with_name("editor.swp")
    beside.write_bytes(b"EDIT" + path.read_bytes()[4:])
    beside.rename(path)


def edit_and_hide_the_time(path: Path) -> None:
    found = path.stat()
    edit_by_replacing(path)
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))


EDITS = [edit_in_place, edit_by_replacing, edit_and_hide_the_time]


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_between_reading_and_writing_is_never_overwritten(place: SitePath, edit: object) -> None:
    seen = read_page(place).identity
    edit(place.path)  # type: ignore[operator]
    with pytest.raises(PageChanged, match=r"index\.html was changed since it was read; read it again"):
        write_page(place, b"ours", seen=seen, fsync=False)
    assert place.path.read_bytes().startswith(b"EDIT")


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_while_the_change_is_computed_is_changed_in_its_turn(place: SitePath, edit: object) -> None:
    calls = []

    def change(data: bytes) -> bytes:
        calls.append(data[:4])
        if len(calls) == 1:
            edit(place.path)  # type: ignore[operator]
        return data + b"ours"

    update = update_page(place, change, fsync=False)
    assert calls == [OLD[:4], b"EDIT"]
    assert place.path.read_bytes() == update.after == b"EDIT" + OLD[4:] + b"ours"


def test_an_edit_while_the_new_page_is_written_beside_is_not_overwritten(
    place: SitePath, monkeypatch: pytest.MonkeyPatch
) -> None:
    edits = iter([edit_by_replacing])

    def keep_rights_while_someone_edits(page_fd: int, *, replacement_fd: int) -> None:
        keep_rights(page_fd, replacement_fd=replacement_fd)
        for edit in edits:
            edit(place.path)

    monkeypatch.setattr("smallweb.periodic.services.page_file.keep_rights", keep_rights_while_someone_edits)
    update_page(place, lambda data: data + b"ours", fsync=False)
    assert place.path.read_bytes() == b"EDIT" + OLD[4:] + b"ours"


def test_a_page_that_is_edited_again_and_again_is_given_up(place: SitePath) -> None:
    calls = []

    def change(data: bytes) -> bytes:
        calls.append(data)
        place.path.write_bytes(b"%d" % len(calls))
        return b"ours"

    with pytest.raises(PageChanged):
        update_page(place, change, fsync=False)
    assert len(calls) == MAX_FOREIGN_EDITS + 1
    assert place.path.read_bytes() == b"%d" % len(calls)


def appending_at_every_look(path: Path, monkeypatch: pytest.MonkeyPatch, *, times: int) -> None:
    fstat, left = os.fstat, iter(range(times))

    def fstat_and_append(fd: int) -> os.stat_result:
        found = fstat(fd)
        if next(left, None) is not None:
            with path.open("ab") as file:
                file.write(b"+")
        return found

    monkeypatch.setattr(os, "fstat", fstat_and_append)


def test_a_page_written_to_while_it_is_read_is_read_again(
    place: SitePath, monkeypatch: pytest.MonkeyPatch
) -> None:
    appending_at_every_look(place.path, monkeypatch, times=5)
    page = read_page(place)
    assert page.data == OLD + b"+++++"
    assert page.identity.size_bytes == len(page.data)


def test_a_page_written_to_all_the_while_is_given_up(
    place: SitePath, monkeypatch: pytest.MonkeyPatch
) -> None:
    appending_at_every_look(place.path, monkeypatch, times=1000)
    with pytest.raises(PageChanged, match=f"changed while it was read, {MAX_FOREIGN_EDITS} times"):
        read_page(place)


def test_a_page_that_is_deleted_is_not_created_again(place: SitePath) -> None:
    def change(data: bytes) -> bytes:
        place.path.unlink()
        return b"new"

    with pytest.raises(NoSuchFile, match=r"index\.html does not exist"):
        update_page(place, change, fsync=False)
    with pytest.raises(NoSuchFile):
        read_page(place)
    assert not place.path.exists()


def test_a_page_that_becomes_a_link_is_not_followed(place: SitePath, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(OLD)

    def change(data: bytes) -> bytes:
        place.path.unlink()
        place.path.symlink_to(other)
        return b"new"

    with pytest.raises(SymlinkRefused):
        update_page(place, change, fsync=False)
    assert other.read_bytes() == OLD and place.path.is_symlink()


def test_a_second_name_of_the_file_keeps_the_old_content(place: SitePath, tmp_path: Path) -> None:
    os.link(place.path, tmp_path / "second")
    update_page(place, to(b"new"), fsync=False)
    assert (tmp_path / "second").read_bytes() == OLD


def test_the_mode_is_kept(place: SitePath) -> None:
    place.path.chmod(0o604)
    update_page(place, to(b"new"), fsync=False)
    assert stat.S_IMODE(place.path.stat().st_mode) == 0o604


@pytest.fixture
def as_nobody(place: SitePath, settings: Settings) -> Iterator[int]:
    """The test acts as a user without rights over others' files, and owns the run folder."""
    uid = pwd.getpwnam("nobody").pw_uid
    run = place.root.parent / "run-of-nobody"
    run.mkdir(mode=0o700)
    os.chown(run, uid, 0)
    settings.SMALLWEB_CORE = {"SITES": {"": place.root}, "RUN_DIR": run}
    for folder in (*place.root.parents, place.root):
        if folder.stat().st_mode & 0o001 == 0:
            folder.chmod(folder.stat().st_mode | 0o011)
    os.seteuid(uid)
    yield uid
    os.seteuid(0)


@as_root
@pytest.mark.parametrize(("folder_mode", "page_mode"), [(0o755, 0o666), (0o777, 0o644)])
def test_a_page_or_folder_that_may_not_be_written_is_left_alone(
    place: SitePath, as_nobody: int, folder_mode: int, page_mode: int
) -> None:
    os.seteuid(0)
    place.root.chmod(folder_mode)
    place.path.chmod(page_mode)
    os.seteuid(as_nobody)
    with pytest.raises(
        PageNotWritable, match=f"Permission denied; user {as_nobody} must be able to write to"
    ):
        update_page(place, to(b"new"), fsync=True)
    assert place.path.read_bytes() == OLD


@as_root
def test_a_page_that_may_not_be_read_says_so(place: SitePath, as_nobody: int) -> None:
    os.seteuid(0)
    place.path.chmod(0o600)
    os.seteuid(as_nobody)
    with pytest.raises(PageNotReadable, match="could not be read: Permission denied"):
        read_page(place)


@as_root
def test_a_page_that_everyone_may_write_is_replaced_by_anyone(place: SitePath, as_nobody: int) -> None:
    os.seteuid(0)
    place.root.chmod(0o777)
    place.path.chmod(0o666)
    os.seteuid(as_nobody)
    update_page(place, to(b"new"), fsync=True)
    assert place.path.read_bytes() == b"new"
    assert stat.S_IMODE(place.path.stat().st_mode) == 0o666


def test_a_file_size_limit_leaves_the_page_intact(place: SitePath) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(OLD), hard))
    try:
        with pytest.raises(
            PageNotWritable, match=r"index\.html could not be written: File too large; make room"
        ):
            update_page(place, lambda data: data * 2, fsync=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert place.path.read_bytes() == OLD


@as_root
@pytest.mark.parametrize("full", ["space", "read-only"])
def test_a_full_or_read_only_disk_leaves_the_page_intact(place: SitePath, full: str) -> None:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place.root], capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"no mount here: {mounted.stderr.decode()}")
    try:
        place.path.write_bytes(OLD)
        if full == "read-only":
            subprocess.run(["mount", "-o", "remount,ro", place.root], check=True)
            expected = "Read-only file system; mount the file system"
        else:
            (place.root / "filler").write_bytes(b"x" * 20_000)
            expected = "No space left on device; make room"
        with pytest.raises(PageNotWritable, match=expected):
            update_page(place, lambda data: data + b"new", fsync=True)
        assert place.path.read_bytes() == OLD
        assert {path.name for path in place.root.iterdir()} <= {"index.html", "filler"}
    finally:
        subprocess.run(["umount", place.root], check=True)


def failing_fsync(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    fsync = os.fsync

    def fails_for_folders(fd: int) -> None:
        if stat.S_ISDIR(os.fstat(fd).st_mode):
            raise OSError(number, os.strerror(number))
        fsync(fd)

    monkeypatch.setattr(os, "fsync", fails_for_folders)


def test_a_folder_that_cannot_be_synced_is_told_as_written(
    place: SitePath, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing_fsync(monkeypatch, errno.EIO)
    with pytest.raises(
        DurabilityUnknown, match=r"index\.html is written, but its folder could not be synced"
    ):
        update_page(place, to(b"new"), fsync=True)
    assert place.path.read_bytes() == b"new"


def test_a_file_system_without_sync_of_folders_is_no_fault(
    place: SitePath, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing_fsync(monkeypatch, errno.EINVAL)
    assert update_page(place, to(b"new"), fsync=True).changed


def test_threads_lose_no_update(place: SitePath) -> None:
    place.path.write_bytes(b"0")

    def count() -> None:
        for _ in range(50):
            update_page(place, lambda data: b"%d" % (int(data) + 1), fsync=False)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert place.path.read_bytes() == b"200"
