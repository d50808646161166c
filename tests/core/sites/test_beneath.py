from __future__ import annotations

import errno
import gc
import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from smallweb.core.exceptions import NoSuchFile, NotARegularFile, OutsideSites, SymlinkRefused
from smallweb.core.sites import beneath
from smallweb.core.sites.beneath import (
    has_openat2,
    open_beneath,
    open_parent_beneath,
    resolve_by_walk,
    resolve_with_openat2,
)
from tests.descriptors import count_open_files

pytestmark = pytest.mark.once

Resolve = Callable[[int, str, int], int]


@pytest.fixture(params=["openat2", "walk"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of opening must give the same answers; the walk is what old kernels get."""
    if request.param == "openat2" and not has_openat2():
        pytest.skip("this kernel has no openat2")
    monkeypatch.setattr(beneath, "has_openat2", lambda: request.param == "openat2")
    return str(request.param)


@pytest.fixture
def root(tmp_path: Path, way: str) -> Path:
    root = tmp_path / "site"
    (root / "sub" / "deep").mkdir(parents=True)
    (root / "index.html").write_text("root")
    (root / "sub" / "deep" / "page.html").write_text("deep")
    (tmp_path / "secret").write_text("outside")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "page.html").write_text("outside")
    return root


def content(fd: int) -> str:
    with os.fdopen(fd) as file:
        return file.read()


@pytest.fixture(autouse=True)
def no_descriptor_is_left() -> Iterator[None]:
    has_openat2()
    gc.collect()  # what others have left shall not end meanwhile
    before = count_open_files()
    yield
    assert count_open_files() == before


def test_a_file_is_opened(root: Path) -> None:
    assert content(open_beneath(root, "index.html")) == "root"
    assert content(open_beneath(root, "sub/deep/page.html")) == "deep"


def test_a_root_that_is_a_link_is_followed(root: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(root)
    assert content(open_beneath(tmp_path / "link", "index.html")) == "root"


def test_the_parent_is_opened_with_the_name_in_it(root: Path) -> None:
    for relative, folder in (("index.html", root), ("sub/deep/page.html", root / "sub" / "deep")):
        fd, basename = open_parent_beneath(root, relative)
        assert os.path.samestat(os.fstat(fd), folder.stat())
        os.close(fd)
        assert basename == Path(relative).name


def test_links_are_refused_wherever_they_stand(root: Path, tmp_path: Path) -> None:
    (root / "file").symlink_to(tmp_path / "secret")
    (root / "inner").symlink_to("index.html")
    (root / "folder").symlink_to(tmp_path / "outside")
    (root / "sub" / "up").symlink_to("..")
    (root / "dangling").symlink_to("nowhere")
    (root / "magic").symlink_to("/proc/self/root")
    for relative in (
        "file",
        "inner",
        "folder/page.html",
        "sub/up/index.html",
        "dangling",
        "magic/etc/passwd",
    ):
        with pytest.raises(SymlinkRefused, match="symbolic link; put the file itself"):
            open_beneath(root, relative)
    with pytest.raises(SymlinkRefused):
        open_parent_beneath(root, "folder/page.html")


def test_ways_out_are_refused(root: Path) -> None:
    for relative in (
        "../secret",
        "sub/../../secret",
        "/etc/passwd",
        "index.html\0",
        "sub/../../site/index.html",
    ):
        with pytest.raises(OutsideSites, match="leads out of its site folder"):
            open_beneath(root, relative)


def test_what_is_missing_is_named(root: Path) -> None:
    for relative in ("none.html", "none/page.html", "index.html/page.html", "x" * 300):
        with pytest.raises(NoSuchFile, match="does not exist"):
            open_beneath(root, relative)
    with pytest.raises(NoSuchFile, match="does not exist"):
        open_parent_beneath(root, "none/page.html")


def test_a_missing_root_is_named(root: Path) -> None:
    for missing in (root / "none", root / "index.html"):
        with pytest.raises(NoSuchFile, match=r"site folder .* is missing or no folder"):
            open_beneath(missing, "index.html")


def test_only_regular_files_are_opened_and_nothing_waits(root: Path) -> None:
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(root / "socket"))
        for relative in ("pipe", "socket", "sub"):
            for flags in (os.O_RDONLY, os.O_RDWR):
                with pytest.raises(NotARegularFile, match="no regular file"):
                    open_beneath(root, relative, flags)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a device")
def test_a_device_is_refused(root: Path) -> None:
    os.mknod(root / "device", 0o600 | 0o020000, os.makedev(1, 5))
    with pytest.raises(NotARegularFile):
        open_beneath(root, "device")


def test_other_faults_are_passed_on(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def out_of_descriptors(root_fd: int, relative: str, flags: int) -> int:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(beneath, "_resolve", out_of_descriptors)
    with pytest.raises(OSError, match="Too many open files"):
        open_beneath(root, "index.html")


@pytest.mark.skipif(not has_openat2(), reason="this kernel has no openat2")
def test_both_ways_fail_with_the_same_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "away").symlink_to("/etc")
    root_fd = os.open(tmp_path, os.O_PATH)

    def error_of(resolve: Resolve, relative: str) -> int | None:
        try:
            os.close(resolve(root_fd, relative, os.O_RDONLY | os.O_NOFOLLOW))
        except OSError as error:
            return error.errno
        return None

    for relative in (
        "file",
        "link",
        "loop",
        "away/passwd",
        "link/x",
        "file/x",
        "none",
        "none/x",
        "../x",
        "a/../../x",
    ):
        answers = {error_of(resolve, relative) for resolve in (resolve_with_openat2, resolve_by_walk)}
        assert len(answers) == 1 or relative == "a/../../x", relative
    os.close(root_fd)


def test_a_file_and_a_folder_swapped_for_links_in_a_race_are_never_followed(
    root: Path, tmp_path: Path
) -> None:
    page, folder = root / "index.html", root / "sub" / "deep"
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            for real, target in ((page, tmp_path / "secret"), (folder, tmp_path / "outside")):
                kept, link = real.with_name("kept"), real.with_name("link")
                link.symlink_to(target)
                real.rename(kept)
                link.rename(real)
                real.unlink()
                kept.rename(real)

    swapper = threading.Thread(target=swap)
    swapper.start()
    outcomes: dict[str, int] = {}
    try:
        while not (
            sum(outcomes.values()) >= 4000 and outcomes.get("SymlinkRefused") and outcomes.get("opened")
        ):
            for relative, inside in (("index.html", "root"), ("sub/deep/page.html", "deep")):
                try:
                    assert content(open_beneath(root, relative)) == inside
                    outcome = "opened"
                except (SymlinkRefused, NoSuchFile) as refused:
                    outcome = type(refused).__name__
                outcomes[outcome] = outcomes.get(outcome, 0) + 1
    finally:
        stop.set()
        swapper.join()
