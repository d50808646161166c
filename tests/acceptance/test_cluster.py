"""A real qcluster: each due time once, and work that goes on whatever member dies."""

from __future__ import annotations

import os
import signal
import uuid
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from tests.acceptance.hosted_site import Cluster, HostedSite
from tests.acceptance.processes import all_gone, tree_of
from tests.waiting import wait_for

pytestmark = pytest.mark.once


def _assert_each_due_time_once(site: HostedSite, job: str, *, calls_lost: bool = False) -> None:
    calls = site.notes(job)
    tries = [(call.due_at, call.attempt) for call in calls]
    assert len(tries) == len(set(tries)), f"{job}: an attempt was made twice"
    if not calls_lost:
        assert all(call.ended_ns and call.attempt == 1 for call in calls)
    # A call whose own process is killed has failed: its due time had its run.
    due = sorted({call.due_at for call in calls})
    missing = [b - a for a, b in pairwise(due) if round(b - a) != 1]
    assert not missing, f"{job}: due times are missing, the steps are {missing}"
    for call, following in pairwise(calls):
        assert call.ended_ns is None or call.ended_ns <= following.begun_ns, f"{job} ran twice at once"


def _fill(site: HostedSite, *, hold_s: float = 0.0) -> None:
    site.add_page("index.html", ["a", "b"])
    site.add_page("other.html", ["c"])
    site.add_note("index.html", "a")
    site.add_note("index.html", "b")
    site.add_note("other.html", "c", hold_s=hold_s)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_two_clusters_run_each_due_time_once(kind: str, request: pytest.FixtureRequest) -> None:
    site: HostedSite = request.getfixturevalue("hosted" if kind == "sqlite" else "hosted_on_postgres")
    _fill(site)
    clusters = [site.start("qcluster"), site.start("qcluster")]
    site.wait_for_more("a", 5, limit_s=30)
    site.wait_for_more("c", 1)
    for cluster in clusters:
        os.kill(cluster.pid, signal.SIGTERM)
    for cluster in clusters:
        assert cluster.wait(timeout=20) == 0
    for job in "abc":
        _assert_each_due_time_once(site, job)
    assert "Traceback" not in site.log()


def test_work_goes_on_whatever_member_is_killed(hosted: HostedSite) -> None:
    site = hosted
    _fill(site, hold_s=0.3)
    supervised = {"SMALLWEB_TREE": uuid.uuid4().hex}
    main = site.start("qcluster", **supervised)
    for choose in (_an_idle_worker, _the_busy_worker, _a_call_child, _pusher, _monitor, _sentinel):
        site.wait_for_more("a", 1, limit_s=20)
        cluster = Cluster.of(main.pid)
        before = tree_of(main.pid)
        victim = choose(site, cluster)
        os.kill(victim, signal.SIGKILL)
        site.wait_for_more("a", 1, limit_s=12)
        site.wait_for_more("c", 1, limit_s=12)
        if choose is not _a_call_child:
            assert all_gone(set(before) - {main.pid}), f"{choose.__name__}: members of the old tree live on"
    before = tree_of(main.pid)
    main.kill()
    main.wait()
    wait_for(lambda: all_gone(before), limit_s=2)
    main = site.start("qcluster", **supervised)
    site.wait_for_more("c", limit_s=20)
    os.kill(main.pid, signal.SIGTERM)
    assert main.wait(timeout=20) == 0
    for job in "abc":
        _assert_each_due_time_once(site, job, calls_lost=True)


def _an_idle_worker(site: HostedSite, cluster: Cluster) -> int:
    busy = wait_for(lambda: _busy_child(site, cluster))
    return next(worker for worker in cluster.workers if busy not in tree_of(worker))


def _the_busy_worker(site: HostedSite, cluster: Cluster) -> int:
    busy = wait_for(lambda: _busy_child(site, cluster))
    return next(worker for worker in cluster.workers if busy in tree_of(worker))


def _a_call_child(site: HostedSite, cluster: Cluster) -> int:
    return wait_for(lambda: _busy_child(site, cluster))


def _busy_child(site: HostedSite, cluster: Cluster) -> int:
    calls = site.notes("c")
    return (
        calls[-1].pid
        if calls and calls[-1].ended_ns is None and calls[-1].pid in cluster.call_children()
        else 0
    )


def _pusher(site: HostedSite, cluster: Cluster) -> int:
    return cluster.pusher


def _monitor(site: HostedSite, cluster: Cluster) -> int:
    return cluster.monitor


def _sentinel(site: HostedSite, cluster: Cluster) -> int:
    return cluster.sentinel


def _terminate(pid: int) -> None:
    os.kill(pid, signal.SIGTERM)


def _terminate_group(pid: int) -> None:
    os.killpg(pid, signal.SIGTERM)


def _interrupt_group(pid: int) -> None:
    os.killpg(pid, signal.SIGINT)


@pytest.mark.parametrize("stop", [_terminate, _terminate_group, _interrupt_group])
def test_stopping_lets_running_work_end_and_leaves_nothing(
    hosted: HostedSite, stop: Callable[[int], Any]
) -> None:
    site = hosted
    site.add_page("index.html", ["a"])
    site.add_note("index.html", "a", hold_s=1.0)
    main = site.start("qcluster")
    wait_for(lambda: any(call.ended_ns is None for call in site.notes("a")), limit_s=20)
    tree = tree_of(main.pid)
    stop(main.pid)
    assert main.wait(timeout=15) == 0
    assert all_gone(tree)
    assert all(call.ended_ns for call in site.notes("a"))
    assert (site.pages / "index.html").read_text() == f'<p id="a">{site.done("a")[-1]:.3f}</p>\n'
