from __future__ import annotations

import uuid

import pytest

from smallweb.core.bulk import update_rows
from smallweb.core.models import State
from smallweb.periodic.models import Job, JobRun
from tests.periodic.conftest import NOW


@pytest.fixture
def jobs() -> list[Job]:
    from smallweb.periodic.models import Page

    page = Page.objects.create(name="index.html")
    return [
        Job.objects.create(name=f"j{n}", page=page, function="f", tag_id="a", every="1m") for n in range(3)
    ]


@pytest.mark.django_db
def test_each_row_gets_its_own_values_in_these_fields_only(jobs: list[Job]) -> None:
    for number, job in enumerate(jobs):
        job.kwargs, job.next_due, job.timeout_s = {"n": number}, NOW, 9
    update_rows(jobs[:2], ["kwargs", "next_due"])
    stored = list(Job.objects.order_by("pk"))
    assert [job.kwargs for job in stored] == [{"n": 0}, {"n": 1}, {}]
    assert [job.next_due for job in stored] == [NOW, NOW, None]
    assert {job.timeout_s for job in stored} == {60.0}


@pytest.mark.django_db
def test_rows_that_changed_meanwhile_are_left_alone(jobs: list[Job]) -> None:
    mine, others = uuid.uuid4(), uuid.uuid4()
    runs = [JobRun(job=job, due_at=NOW, run_after=NOW) for job in jobs]
    for run, lease in zip(runs, (mine, others, mine), strict=True):
        run.claim(lease, now=NOW)
        run.save()
        run.set_successful(now=NOW)
    update_rows(runs, ["state", "lease"], only_if={"lease": mine})
    states = list(JobRun.objects.order_by("pk").values_list("state", "lease"))
    assert states == [(State.SUCCESSFUL, None), (State.RUNNING, others), (State.SUCCESSFUL, None)]


@pytest.mark.django_db
def test_no_rows_need_no_query(django_assert_num_queries: pytest.FixtureRequest) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        update_rows([], ["name"])
