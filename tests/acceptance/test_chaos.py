"""Any member of the cluster may be killed at any moment: every task reaches its end all the same.

15 kills and 200 tasks by default, 200 and 10,000 with SMALLWEB_NIGHTLY=1.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from typing import Any

import pytest

from tests.acceptance.chaos import KeptCluster
from tests.acceptance.hosted_site import HostedSite
from tests.acceptance.site_shell import SiteShell
from tests.waiting import wait_for

pytestmark = pytest.mark.once

NIGHTLY = os.environ.get("SMALLWEB_NIGHTLY") == "1"
KILLS, TASKS = (200, 10_000) if NIGHTLY else (15, 200)
IDLE_KILLS = 20 if NIGHTLY else 4
RECOVERED_S = 5.0
# What a kill may start twice: each worker may have called a batch of quick tasks that it has not recorded.
REPEATED_BY_A_KILL = 5


@pytest.fixture(params=["hosted", "hosted_on_postgres"])
def site(request: pytest.FixtureRequest) -> HostedSite:
    site: HostedSite = request.getfixturevalue(request.param)
    return site


def _wishes(number: int) -> dict[str, Any]:
    """A third of the tasks is quick, a third takes its time, a third fails first."""
    hold_s = 0.0 if number % 3 == 0 else 0.02 + 0.18 * (number % 10) / 9
    return {"hold_s": hold_s, "fail_first": number % 3 == 2}


def test_every_task_reaches_its_end_whoever_is_killed(site: HostedSite) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    begun = time.monotonic()
    shell = SiteShell(site)
    cluster = KeptCluster(site)
    folder = str(site.notes_folder)
    share = TASKS // KILLS
    for kill in range(KILLS):
        numbers = range(kill * share, TASKS if kill == KILLS - 1 else (kill + 1) * share)
        shell.enqueue("trace", *({"folder": folder, "name": f"{n}", **_wishes(n)} for n in numbers))
        time.sleep(chance.uniform(0.05, 0.75))
        cluster.kill_any(chance)
    wait_for(
        lambda: not shell.count_active(),
        limit_s=60 + TASKS / 10, what=f"an end of all tasks (seed {seed}); log: {site.log()[-3000:]}",
    )  # fmt: skip
    cluster.stop()
    _assert_nothing_lost(site, shell, seed)
    print(
        f"\nseed {seed}: {dict(cluster.kills)} kills, {TASKS} tasks, {len(site.starts())} starts, "
        f"old trees gone after {max(cluster.gone_s):.2f} s at most, {time.monotonic() - begun:.0f} s"
    )


def _assert_nothing_lost(site: HostedSite, shell: SiteShell, seed: int) -> None:
    runs = shell.runs()
    assert Counter(run["state"] for run in runs) == {"SUCCESSFUL": TASKS}, f"seed {seed}"
    starts = site.starts()
    attempts = Counter((start.name, start.attempt) for start in starts)
    assert max(attempts.values()) == 1, "an attempt was begun twice"
    by_name = Counter(start.name for start in starts)
    assert len(by_name) == TASKS
    for run in runs:
        assert by_name[run["result"]] <= run["attempt"]
    wanted = sum(1 + _wishes(number)["fail_first"] for number in range(TASKS))
    assert len(starts) - wanted <= KILLS * REPEATED_BY_A_KILL, f"seed {seed}"


def test_work_goes_on_soon_after_an_idle_worker_was_killed(hosted: HostedSite) -> None:
    shell, cluster = SiteShell(hosted), KeptCluster(hosted)
    chance = random.Random()
    waits = []
    for number in range(IDLE_KILLS):
        shell.trace(f"before-{number}")
        _wait_for_end(hosted, f"before-{number}")
        members, workers = cluster.find("worker")
        cluster.kill(chance.choice(workers), members)
        killed_ns = time.time_ns()
        shell.trace(f"after-{number}")
        _wait_for_end(hosted, f"after-{number}")
        waits.append((hosted.starts(f"after-{number}")[0].begun_ns - killed_ns) / 1e9)
    cluster.stop()
    print(f"\n{IDLE_KILLS} idle workers killed: a start after {sorted(waits)} s")
    assert max(waits) < RECOVERED_S


def _wait_for_end(site: HostedSite, name: str) -> None:
    wait_for(
        lambda: any(start.ended_ns for start in site.starts(name)),
        limit_s=30, what=f"an end of {name}; log: {site.log()[-3000:]}",
    )  # fmt: skip
