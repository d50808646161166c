"""The system's clock jumps while a qcluster runs: each due time has one run, each task one start."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.acceptance import moved_clock
from tests.acceptance.chaos import KeptCluster
from tests.acceptance.hosted_site import HostedSite
from tests.acceptance.site_shell import SiteShell
from tests.waiting import wait_for

pytestmark = pytest.mark.once

DAY_S = 86_400.0
BERLIN = ZoneInfo("Europe/Berlin")


class Clock:
    """The clock of a site's processes: the machine's, moved by some seconds."""

    def __init__(self, site: HostedSite) -> None:
        self._file = site.folder / "clock"
        self._ahead_s = 0.0
        self.move(0)
        site.more_environment |= {moved_clock.VARIABLE: str(self._file), "TIME_ZONE": "Europe/Berlin"}

    def move(self, seconds: float) -> None:
        self._ahead_s += seconds
        new = self._file.with_suffix(".new")
        new.write_text(f"{self._ahead_s:+.3f}\n")
        new.rename(self._file)

    def set(self, moment: datetime) -> None:
        self.move(moment.timestamp() - self.now_s())

    def now_s(self) -> float:
        return time.time() + self._ahead_s


@pytest.fixture
def clock(hosted: HostedSite) -> Clock:
    hosted.add_page("index.html", ["a", "b", "c"])
    return Clock(hosted)


@pytest.fixture
def start(hosted: HostedSite, clock: Clock) -> Iterator[Callable[[], SiteShell]]:
    """Give a function that starts a cluster, once the jobs are declared; it is stopped in the end."""
    clusters = []

    def start() -> SiteShell:
        clusters.append(KeptCluster(hosted))
        return SiteShell(hosted)

    yield start
    for cluster in clusters:
        cluster.stop()


def _assert_each_due_time_once(site: HostedSite, job: str) -> None:
    due = Counter(call.due_at for call in site.notes(job))
    assert due, f"{job} never ran"
    assert set(due.values()) == {1}, f"{job}: {due}"


def _wait_for_start(site: HostedSite, name: str) -> None:
    wait_for(lambda: site.starts(name), limit_s=20, what=f"a start of {name}; log: {site.log()[-3000:]}")


@pytest.mark.parametrize("jump_s", [DAY_S, -DAY_S])
def test_a_jump_of_a_day_starts_nothing_twice(
    hosted: HostedSite, clock: Clock, start: Callable[[], SiteShell], jump_s: float
) -> None:
    hosted.add_note("index.html", "a", catch_up="once")
    shell = start()
    hosted.wait_for_more("a", 2, limit_s=30)
    (running,) = shell.trace("running", hold_s=12.0)
    _wait_for_start(hosted, "running")
    (delayed,) = shell.enqueue(
        "trace", {"folder": str(hosted.notes_folder), "name": "delayed"}, run_after_s=DAY_S / 2
    )
    clock.move(jump_s)
    hosted.wait_for_more("a", 3, limit_s=30)
    shell.trace("later")
    _wait_for_start(hosted, "later")
    if jump_s < 0:
        assert not hosted.starts("delayed")
        clock.move(DAY_S * 2)
    _wait_for_start(hosted, "delayed")
    wait_for(lambda: {run["state"] for run in shell.runs([running, delayed])} == {"SUCCESSFUL"}, limit_s=30)
    hosted.wait_for_more("a", 2, limit_s=30)
    for name in ("running", "delayed", "later"):
        assert len(hosted.starts(name)) == 1, name
    _assert_each_due_time_once(hosted, "a")


@pytest.mark.parametrize(
    ("begin", "hour_twice"),
    [
        (datetime(2026, 3, 29, 0, 59, 50, tzinfo=UTC), False),
        (datetime(2026, 10, 25, 0, 59, 50, tzinfo=UTC), True),
    ],
)
def test_a_change_of_the_clocks_makes_no_due_time_twice(
    hosted: HostedSite, clock: Clock, start: Callable[[], SiteShell], begin: datetime, hour_twice: bool
) -> None:
    clock.set(begin)
    hosted.add_note("index.html", "a")
    hosted.add_note("index.html", "b", every=None, cron="0 2 * * *", catch_up="once")
    shell = start()
    shell.enqueue("trace", {"folder": str(hosted.notes_folder), "name": "delayed"}, run_after_s=12.0)
    wait_for(lambda: clock.now_s() > begin.timestamp() + 15, limit_s=60)
    hosted.wait_for_more("a", 2, limit_s=30)
    _wait_for_start(hosted, "delayed")
    (call,) = wait_for(lambda: hosted.notes("b"), limit_s=5) if not hour_twice else (None,)
    if call is not None:  # 02:00 does not exist on that day: the first moment after the gap stands for it
        assert datetime.fromtimestamp(call.due_at, BERLIN).hour == 3
    else:  # 02:00 has come once, an hour ago
        assert not hosted.notes("b")
    assert len(hosted.starts("delayed")) == 1
    _assert_each_due_time_once(hosted, "a")
