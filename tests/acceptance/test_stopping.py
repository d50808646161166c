"""How a qcluster ends: what runs is finished or given back, nothing is left, and its exit code tells why."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator

import pytest

from smallweb.core.cluster.main import MAX_FAILED_STARTS, STOP_GRACE_S
from tests.acceptance.chaos import KeptCluster
from tests.acceptance.hosted_site import HostedSite
from tests.acceptance.processes import all_gone, tree_of
from tests.acceptance.site_shell import SiteShell
from tests.waiting import wait_for

pytestmark = pytest.mark.once

NIGHTLY = os.environ.get("SMALLWEB_NIGHTLY") == "1"


def _main(pid: int) -> None:
    os.kill(pid, signal.SIGTERM)


def _group(pid: int) -> None:
    os.killpg(pid, signal.SIGTERM)


def _each(pid: int) -> None:
    """What systemd does by default."""
    for member in tree_of(pid):
        os.kill(member, signal.SIGTERM)


def _each_from_below(pid: int) -> None:
    for member in reversed(tree_of(pid)):
        os.kill(member, signal.SIGTERM)


def _each_twice_and_interrupted(pid: int) -> None:
    for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
        for member in tree_of(pid):
            os.kill(member, signum)


@pytest.fixture
def cluster(hosted: HostedSite) -> KeptCluster:
    return KeptCluster(hosted)


@pytest.fixture
def shell(hosted: HostedSite) -> SiteShell:
    return SiteShell(hosted)


def _begin(shell: SiteShell, name: str, **arguments: float) -> int:
    (key,) = shell.trace(name, **arguments)
    wait_for(lambda: shell.site.starts(name), limit_s=30, what=f"a start; log: {shell.site.log()[-3000:]}")
    return key


@pytest.mark.parametrize("stop", [_main, _group, _each, _each_from_below, _each_twice_and_interrupted])
def test_what_runs_is_finished_and_nothing_new_is_begun(
    cluster: KeptCluster, shell: SiteShell, stop: Callable[[int], None]
) -> None:
    running = [_begin(shell, name, hold_s=1.5) for name in ("a", "b")]
    waiting = shell.trace(*(f"waiting-{n}" for n in range(20)))
    tree = tree_of(cluster.main.pid)
    stop(cluster.main.pid)
    assert cluster.main.wait(15) == 0, shell.site.log()
    assert all_gone(tree)
    for run in shell.runs(running):
        assert (run["state"], run["attempt"], run["interruptions"]) == ("SUCCESSFUL", 1, 0)
    assert {run["state"] for run in shell.runs(waiting)} == {"READY"}
    assert len(shell.site.starts()) == 2


@pytest.mark.skipif(not NIGHTLY, reason="takes as long as running work may take: SMALLWEB_NIGHTLY=1")
@pytest.mark.parametrize("stop", [_main, _each])
def test_what_takes_too_long_is_ended_and_begins_again_later(
    cluster: KeptCluster, shell: SiteShell, stop: Callable[[int], None]
) -> None:
    key = _begin(shell, "long", hold_s=50.0)
    tree = tree_of(cluster.main.pid)
    begun = time.monotonic()
    stop(cluster.main.pid)
    assert cluster.main.wait(STOP_GRACE_S + 10) == 0
    assert time.monotonic() - begun >= STOP_GRACE_S
    assert all_gone(tree)
    (run,) = shell.runs([key])
    assert (run["state"], run["attempt"], run["interruptions"]) == ("READY", 1, 1)


@pytest.mark.parametrize("role", ["worker", "sentinel", None])
def test_what_a_function_has_started_ends_with_its_tree(
    cluster: KeptCluster, shell: SiteShell, role: str | None
) -> None:
    (key,) = shell.enqueue("trace.leave_daemon", {})
    wait_for(lambda: shell.runs([key])[0]["state"] == "SUCCESSFUL", limit_s=30)
    daemon = shell.runs([key])[0]["result"]
    assert not all_gone([daemon])
    if role is not None:
        members, victims = cluster.find(role)
        cluster.kill(victims[0], members)
        wait_for(lambda: all_gone([daemon]), limit_s=2)
    cluster.stop()
    assert all_gone([daemon])


def test_it_ends_in_order_even_before_it_has_begun(hosted: HostedSite) -> None:
    for patience_s in (0.0, 0.2, 0.4):
        main = hosted.start("qcluster")
        wait_for(lambda main=main: _handles_sigterm(main.pid), limit_s=30)  # type: ignore[misc]
        time.sleep(patience_s)
        tree = tree_of(main.pid)
        os.kill(main.pid, signal.SIGTERM)
        assert main.wait(15) == 0
        assert all_gone(tree)


def _handles_sigterm(pid: int) -> bool:
    with open(f"/proc/{pid}/status") as status:
        (caught,) = [line.split()[1] for line in status if line.startswith("SigCgt")]
    return bool(int(caught, 16) & 1 << signal.SIGTERM - 1)


def test_it_refuses_to_start_on_a_database_without_tables(hosted: HostedSite) -> None:
    (hosted.folder / "db.sqlite3").unlink()
    done = hosted.run("qcluster")
    assert done.returncode == 1
    assert "run manage.py migrate first" in done.stderr


@pytest.fixture
def doomed(hosted: HostedSite) -> Iterator[HostedSite]:
    hosted.more_environment["SMALLWEB_TEST_FORKS_DIE"] = "1"
    yield hosted


def test_it_gives_up_when_no_tree_comes_to_work(doomed: HostedSite) -> None:
    main = doomed.start("qcluster")
    assert main.wait(60) == os.EX_SOFTWARE, doomed.log()
    assert doomed.log().count("the sentinel ended with 3") == MAX_FAILED_STARTS
    assert f"{MAX_FAILED_STARTS} trees in a row ended before they came to work" in doomed.log()
    assert "The workers cannot be kept running" in doomed.log()


def test_it_can_be_stopped_between_two_failed_starts(doomed: HostedSite) -> None:
    main = doomed.start("qcluster")
    wait_for(lambda: doomed.log().count("the sentinel ended") >= 3, limit_s=30)
    os.kill(main.pid, signal.SIGTERM)
    assert main.wait(10) == 0
