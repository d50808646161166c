from __future__ import annotations

import uuid

import pytest

from smallweb.core.executions.browse import kinds
from smallweb.core.health.running import busy_counts, busy_workers, running_work
from smallweb.core.models import State, TaskRun
from smallweb.periodic.models import Job, JobRun, Page
from tests.core.rows import NOW, after, make_cluster, make_running, make_task

pytestmark = pytest.mark.django_db


def _run_of_a_job(tree: uuid.UUID, pid: int) -> JobRun:
    job = Job.objects.create(name="weather", page=Page.objects.create(name="a.html"), tag_id="a", every="10s")
    held = {"state": State.RUNNING, "holder": tree, "worker_pid": pid, "lease_expires_at": after(30)}
    return JobRun.objects.create(job=job, due_at=NOW, run_after=NOW, started_at=NOW, attempt=1, **held)


def test_every_kind_of_execution_is_known() -> None:
    assert set(kinds()) >= {TaskRun, JobRun}


def test_what_runs_is_told_by_kind_worker_and_progress() -> None:
    tree = uuid.uuid4()
    task = make_running(tree, 7, progress=0.5)
    _run_of_a_job(tree, 8)
    make_task()
    make_running(tree, 9, lease_expires_at=after(-1))
    found = {work.kind: work for work in running_work(NOW)}
    assert set(found) == {"task run", "run"}
    assert (found["task run"].run, found["task run"].progress) == (task, 0.5)
    assert (found["task run"].worker_pid, found["task run"].attempt) == (7, 1)
    assert (found["run"].label, found["run"].progress) == ("weather 2026-01-01 12:00:00", None)
    assert found["run"].tree == tree


def test_labels_cost_no_query_of_their_own(django_assert_num_queries: object) -> None:
    tree = uuid.uuid4()
    _run_of_a_job(tree, 8)
    with django_assert_num_queries(len(kinds())):  # type: ignore[operator]
        running_work(NOW, tree=tree)


def test_workers_are_counted_once_whatever_they_hold() -> None:
    busy, idle = make_cluster(), make_cluster()
    make_running(busy.pk, 7)
    make_running(busy.pk, 7)
    make_running(busy.pk, 8)
    make_running(uuid.uuid4(), 7)
    assert len(busy_workers(NOW)) == 3
    assert busy_counts([busy, idle], NOW) == {busy.pk: 2, idle.pk: 0}
    assert len(running_work(NOW, tree=busy.pk)) == 3
