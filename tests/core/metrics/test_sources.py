from __future__ import annotations

import uuid

import pytest

from smallweb.core.executions import Task, tasks
from smallweb.core.metrics import Gauge
from smallweb.core.metrics.sources import read_health, read_tasks, read_workers
from smallweb.core.models import State
from tests.core.rows import NOW, after, make_cluster, make_running, make_task

pytestmark = pytest.mark.django_db


def _by_name(gauges: object) -> dict[str, Gauge]:
    return {gauge.name: gauge for gauge in gauges}  # type: ignore[attr-defined]


def test_active_tasks_are_counted_by_name_and_state() -> None:
    name = "tests.known"
    make_task(name)
    make_task(name)
    make_running(uuid.uuid4(), 7, task=name)
    make_task("gone.from.the.code")
    make_task(name, state=State.FAILED, finished_at=NOW)
    with tasks.temporarily(Task(name=name, function=print)):
        found = _by_name(read_tasks(NOW))["smallweb_tasks"]
    assert found.labels == ("task", "state")
    assert found.values == {(name, "ready"): 2, (name, "running"): 1, ("other", "ready"): 1}


def test_no_more_rows_are_read_than_are_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smallweb.core.metrics.sources.MAX_COUNTED", 2)
    for _ in range(3):
        make_task()
        make_task(state=State.SUCCESSFUL, finished_at=NOW)
    found = _by_name(read_tasks(NOW))
    assert sum(found["smallweb_tasks"].values.values()) == 2
    assert sum(found["smallweb_task_runs_finished"].values.values()) == 2


@pytest.mark.parametrize(("run_after_s", "waits_s"), [(None, 0), (-90, 90), (90, 0)])
def test_the_longest_wait_is_told(run_after_s: float | None, waits_s: float) -> None:
    if run_after_s is not None:
        make_task(run_after=after(run_after_s))
    assert _by_name(read_tasks(NOW))["smallweb_tasks_oldest_wait_seconds"].values == {(): waits_s}


def test_runs_of_the_last_hour_are_counted_by_their_end() -> None:
    make_task(state=State.SUCCESSFUL, finished_at=after(-10))
    make_task(state=State.FAILED, finished_at=after(-3599))
    make_task(state=State.FAILED, finished_at=after(-3601))
    found = _by_name(read_tasks(NOW))["smallweb_task_runs_finished"].values
    assert found == {("successful",): 1, ("failed",): 1, ("lost",): 0, ("cancelled",): 0}


def test_workers_are_those_of_clusters_that_live() -> None:
    alive = make_cluster(workers=3)
    make_cluster(workers=5, seen_at=after(-31))
    make_running(alive.pk, 7)
    found = {name: gauge.values[()] for name, gauge in _by_name(read_workers(NOW)).items()}
    assert found == {"smallweb_clusters": 1, "smallweb_workers": 3, "smallweb_workers_busy": 1}


def test_health_is_a_number_for_each_check() -> None:
    make_cluster()
    make_task(run_after=after(-90))
    found = _by_name(read_health(NOW))["smallweb_health"].values
    assert (found["database",], found["tasks",]) == (0, 1)
