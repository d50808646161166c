from __future__ import annotations

import threading
from datetime import datetime
from pathlib import Path

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from smallweb.core.models import State
from smallweb.periodic.models import Job, JobRun, Page
from smallweb.periodic.services.claim_runs import claim_runs
from smallweb.periodic.services.control_jobs import run_now
from smallweb.periodic.services.find_due import find_due_pages, next_due_at
from tests.periodic.conftest import NOW, MakeJob, seconds


def _due(now: datetime = NOW) -> list[tuple[int, str]]:
    return [(hint.key, hint.token) for hint in find_due_pages(now)]


@pytest.mark.django_db
def test_a_page_is_due_with_its_first_due_job(make_job: MakeJob, page: Page) -> None:
    make_job("a", wake_at=NOW + seconds(2))
    make_job("b", wake_at=NOW + seconds(1))
    assert _due() == []
    assert _due(NOW + seconds(3)) == [(page.pk, str(NOW + seconds(1)))]
    assert next_due_at(NOW) == NOW + seconds(1)
    assert next_due_at(NOW + seconds(2)) is None


@pytest.mark.django_db
def test_pages_come_in_the_order_of_their_due_times(make_job: MakeJob, page: Page) -> None:
    other = Page.objects.create(name="other.html")
    make_job("a", wake_at=NOW)
    make_job("b", page=other, name="b", wake_at=NOW - seconds(5))
    assert [key for key, _ in _due()] == [other.pk, page.pk]


@pytest.mark.django_db
def test_what_runs_waits_or_is_paused_is_not_due(make_job: MakeJob, page: Page) -> None:
    make_job("a")
    make_job("b", enabled=False)
    (run,) = claim_runs(page.pk, now=NOW).runs
    assert _due(NOW + seconds(60)) == []
    run.set_ready_again("later", now=NOW, run_after=NOW + seconds(90))
    run.save()
    assert _due(NOW + seconds(60)) == []
    assert next_due_at(NOW + seconds(60)) == NOW + seconds(90)
    assert len(_due(NOW + seconds(90))) == 1


@pytest.mark.django_db
def test_on_a_disabled_page_only_a_persons_wish_is_due(make_job: MakeJob, page: Page) -> None:
    retried, wished = make_job("a", retries=1), make_job("b", enabled=False)
    (run,) = claim_runs(page.pk, now=NOW).runs
    assert run.job == retried
    run.set_ready_again("later", now=NOW, run_after=NOW)
    run.save()
    Page.objects.update(enabled=False)
    assert _due() == []
    run_now(wished, now=NOW)
    assert len(_due()) == 1
    (by_hand,) = claim_runs(page.pk, now=NOW).runs
    assert by_hand.job == wished


@pytest.mark.django_db
def test_a_look_at_ten_thousand_idle_jobs_reads_indexes_only(page: Page) -> None:
    Job.objects.bulk_create(
        Job(
            name=f"j{n}",
            page=page,
            function="f",
            tag_id="a",
            every="1h",
            wake_at=NOW + seconds(n),
            next_due=NOW,
        )
        for n in range(1, 10_001)
    )
    with CaptureQueriesContext(connection) as captured:
        assert _due() == []
        assert next_due_at(NOW) == NOW + seconds(1)
        assert JobRun.objects.abandoned(NOW).count() == 0
    assert len(captured) == 5
    if connection.vendor == "sqlite":
        for query in captured:
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN QUERY PLAN " + query["sql"])
                plan = "\n".join(row[3] for row in cursor.fetchall())
            assert "SCAN" not in plan.replace("SCAN subquery", ""), (query["sql"], plan)


@pytest.mark.django_db(transaction=True)
def test_claimers_at_once_share_out_the_due_times(make_job: MakeJob, page: Page, site: Path) -> None:
    for number in range(20):
        make_job(f"t{number}")
    claimed: list[list[int]] = []
    barrier = threading.Barrier(4)

    def claim() -> None:
        barrier.wait()
        try:
            for second in range(5):
                runs = claim_runs(page.pk, now=NOW + seconds(10 * second)).runs
                claimed.append([run.job_id for run in runs])
                for run in runs:
                    run.set_successful(now=NOW)
                    run.save()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=claim) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times = list(JobRun.objects.values_list("job_id", "due_at"))
    assert len(times) == len(set(times)) == sum(map(len, claimed))
    assert len({job for job, _ in times}) == 20
    assert not JobRun.objects.filter(state=State.RUNNING).exists()
