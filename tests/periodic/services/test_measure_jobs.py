from __future__ import annotations

from datetime import timedelta

import pytest

from smallweb.core.health import health_checks
from smallweb.core.metrics import metric_sources
from smallweb.core.models import State
from smallweb.periodic.models import JobRun
from smallweb.periodic.services.measure_jobs import check_schedule, read_jobs
from tests.periodic.conftest import NOW, MakeJob

pytestmark = pytest.mark.django_db


def _numbers(seconds: float = 0) -> dict[str, float]:
    gauges = read_jobs(NOW + timedelta(seconds=seconds))
    return {gauge.name.removeprefix("smallweb_job_"): gauge.values[()] for gauge in gauges}


def test_both_are_registered() -> None:
    assert "schedule" in health_checks
    assert "jobs" in metric_sources


@pytest.mark.parametrize(("late_s", "level"), [(59, "ok"), (61, "warning"), (601, "critical")])
def test_jobs_that_are_late_are_told_of(make_job: MakeJob, late_s: float, level: str) -> None:
    make_job()
    result = check_schedule(NOW + timedelta(seconds=late_s))
    assert (result.name, result.level) == ("schedule", level)


def test_a_job_that_runs_or_is_paused_is_not_late(make_job: MakeJob) -> None:
    make_job("a", enabled=False)
    busy = make_job("b")
    JobRun.objects.create(job=busy, due_at=NOW, run_after=NOW, state=State.RUNNING)
    assert check_schedule(NOW + timedelta(days=1)).says == "No due jobs wait."


def test_jobs_are_counted(make_job: MakeJob) -> None:
    make_job("a", last_state=State.FAILED)
    make_job("b", last_state=State.LOST, next_due=None, wake_at=None)
    make_job("bar", last_state=State.FAILED, enabled=False)
    assert _numbers(90) == {"live": 2, "due": 1, "failed": 2, "oldest_wait_seconds": 90}


def test_no_jobs_are_all_zero() -> None:
    assert set(_numbers().values()) == {0}
