from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from pytest_django import Settings

from smallweb.core.exceptions import NoSuchFile
from smallweb.core.sites.paths import SitePath
from smallweb.periodic.exceptions import PageBusy
from smallweb.periodic.services.page_lock import _lock_file, lock_page
from tests.source import ROOT
from tests.waiting import wait_for

HOLDER = """
import sys
from pathlib import Path
from django.conf import settings
settings.configure(SMALLWEB_CORE={"RUN_DIR": sys.argv[1]})
from smallweb.core.sites.paths import SitePath
from smallweb.periodic.services.page_lock import lock_page
with lock_page(SitePath(prefix="", root=Path(sys.argv[2]), relative="index.html")):
    print("locked", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def place(tmp_path: Path, settings: Settings) -> SitePath:
    settings.SMALLWEB_CORE = {"RUN_DIR": tmp_path / "run"}
    (tmp_path / "site" / "sub").mkdir(parents=True)
    return SitePath(prefix="", root=tmp_path / "site", relative="index.html")


def held_by_a_process(place: SitePath) -> subprocess.Popen[str]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(place.root.parent / "run"), str(place.root)],
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'typings'}:{ROOT}"},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdout and holder.stdout.readline() == "locked\n"
    return holder


def test_another_process_waits_until_the_holder_is_done(place: SitePath) -> None:
    with held_by_a_process(place) as holder:
        with (
            pytest.raises(PageBusy, match=r"index\.html stayed locked by another writer for 0.05 s"),
            lock_page(place, timeout_s=0.05),
        ):
            pass
        assert holder.stdin
        holder.stdin.close()
        with lock_page(place):
            pass


def test_a_killed_holder_holds_nothing(place: SitePath) -> None:
    with held_by_a_process(place) as holder:
        holder.send_signal(signal.SIGKILL)
        with lock_page(place):
            pass


def test_threads_hold_it_one_at_a_time(place: SitePath) -> None:
    inside: list[int] = []
    most: list[int] = []

    def hold() -> None:
        for _ in range(50):
            with lock_page(place):
                inside.append(1)
                most.append(len(inside))
                time.sleep(0)
                inside.pop()

    threads = [threading.Thread(target=hold) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 200


def test_two_names_of_one_file_share_the_lock_and_two_files_do_not(place: SitePath) -> None:
    (place.root.parent / "link").symlink_to(place.root)
    same = SitePath(prefix="x", root=place.root.parent / "link", relative="index.html")
    in_sub = SitePath(prefix="", root=place.root, relative="sub/page.html")
    in_sub_too = SitePath(prefix="sub", root=place.root / "sub", relative="page.html")
    other = SitePath(prefix="", root=place.root, relative="page.html")
    with lock_page(place), lock_page(in_sub), lock_page(other):
        for locked in (same, in_sub_too):
            with pytest.raises(PageBusy), lock_page(locked, timeout_s=0):
                pass


def test_a_waiter_whose_lock_file_was_removed_takes_the_new_one(place: SitePath) -> None:
    inside, leave = threading.Event(), threading.Event()

    def wait_and_hold() -> None:
        with lock_page(place):
            inside.set()
            leave.wait(10)

    waiter = threading.Thread(target=wait_and_hold)
    with lock_page(place):
        waiter.start()
        wait_for(lambda: open_descriptors(_lock_file(place)) == 2)
        _lock_file(place).unlink()
    assert inside.wait(10)
    with pytest.raises(PageBusy), lock_page(place, timeout_s=0):
        pass
    leave.set()
    waiter.join()


def open_descriptors(path: Path) -> int:
    found = 0
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found += entry.readlink() == path
    return found


def test_an_exception_inside_lets_go(place: SitePath) -> None:
    with pytest.raises(ZeroDivisionError), lock_page(place):
        raise ZeroDivisionError
    with lock_page(place, timeout_s=0):
        pass


def test_a_folder_that_is_missing_is_named(place: SitePath) -> None:
    with (
        pytest.raises(NoSuchFile),
        lock_page(SitePath(prefix="", root=place.root, relative="none/page.html")),
    ):
        pass
