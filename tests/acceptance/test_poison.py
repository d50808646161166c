"""Tasks that do harm come to their end, and the others go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from smallweb.core.models.execution import MAX_INTERRUPTIONS
from tests.acceptance.chaos import KeptCluster
from tests.acceptance.hosted_site import HostedSite
from tests.acceptance.site_shell import SiteShell
from tests.waiting import wait_for

pytestmark = pytest.mark.once

POISONS = {
    "poison.exit_hard": "exit status 3",
    "poison.crash": "SIGSEGV",
    "poison.exit_python": "sys.exit('enough')",
    "poison.kill_itself": "SIGKILL",
    "poison.loop": "longer than its timeout of 0.5 s",
    "poison.sleep": "longer than its timeout of 0.5 s",
    "poison.swallow_everything": "could not be interrupted",
    "poison.hang_in_c": "could not be interrupted",
    "poison.eat_memory": "MemoryError",
}
GOOD = 50


@pytest.fixture
def cluster(hosted: HostedSite) -> Iterator[KeptCluster]:
    cluster = KeptCluster(hosted)
    yield cluster
    cluster.stop()


@pytest.fixture
def shell(hosted: HostedSite) -> SiteShell:
    return SiteShell(hosted)


def _ended(shell: SiteShell, keys: list[int], *, limit_s: float = 60) -> list[dict[str, object]]:
    def look() -> list[dict[str, object]] | None:
        runs = shell.runs(keys)
        return None if any(run["state"] in ("READY", "RUNNING") for run in runs) else runs

    return wait_for(look, limit_s=limit_s, what=f"an end of {keys}; log: {shell.site.log()[-3000:]}")


def test_a_poison_fails_after_its_attempts_while_others_go_on(cluster: KeptCluster, shell: SiteShell) -> None:
    before = shell.trace(*(f"before-{n}" for n in range(GOOD // 2)), hold_s=0.02)
    poisoned = {shell.enqueue(name, {})[0]: name for name in POISONS}
    (refused,) = shell.enqueue("poison.give_unsendable", {})
    after = shell.trace(*(f"after-{n}" for n in range(GOOD - GOOD // 2)), hold_s=0.02)
    for run in _ended(shell, list(poisoned)):
        wanted = POISONS[poisoned[int(str(run["id"]))]]
        assert (run["state"], run["attempt"], run["interruptions"]) == ("FAILED", 2, 0), run
        assert wanted in str(run["error"])
    (run,) = _ended(shell, [refused])
    assert (run["state"], run["attempt"]) == ("FAILED", 1)
    assert Counter(run["state"] for run in _ended(shell, before + after)) == {"SUCCESSFUL": GOOD}
    assert len(shell.site.starts()) == GOOD


def test_a_task_that_kills_its_worker_is_lost_after_a_number_of_workers(
    cluster: KeptCluster, shell: SiteShell
) -> None:
    folder = str(shell.site.notes_folder)
    (long,) = shell.trace("long", hold_s=5.0)
    wait_for(lambda: shell.site.starts("long"), limit_s=30)
    (poison,) = shell.enqueue("poison.kill_worker", {"folder": folder, "name": "poison"})
    good = shell.trace(*(f"good-{n}" for n in range(GOOD)), hold_s=0.02)
    assert Counter(run["state"] for run in _ended(shell, good)) == {"SUCCESSFUL": GOOD}

    def look() -> bool:
        shell.hurry()  # the pauses grow, to a minute in all
        return bool(shell.runs([poison])[0]["state"] == "LOST")

    wait_for(look, limit_s=60, what=f"an end of the poison; log: {shell.site.log()[-3000:]}")
    (run,) = shell.runs([poison])
    assert (run["attempt"], run["interruptions"]) == (MAX_INTERRUPTIONS, MAX_INTERRUPTIONS)
    assert len(shell.site.starts("poison")) == MAX_INTERRUPTIONS
    # The other worker has died with it each time, through no fault of what it ran.
    (last,) = shell.trace("last")
    assert [run["state"] for run in _ended(shell, [long, last])] == ["SUCCESSFUL", "SUCCESSFUL"]


def test_a_task_that_may_start_once_is_lost_with_its_worker(cluster: KeptCluster, shell: SiteShell) -> None:
    folder = str(shell.site.notes_folder)
    (once,) = shell.enqueue("trace.never_twice", {"folder": folder, "name": "once"})
    good = shell.trace(*(f"good-{n}" for n in range(GOOD)))
    (run,) = _ended(shell, [once])
    assert (run["state"], run["attempt"], run["interruptions"]) == ("LOST", 1, 1)
    assert Counter(run["state"] for run in _ended(shell, good)) == {"SUCCESSFUL": GOOD}
    assert len(shell.site.starts("once")) == 1
