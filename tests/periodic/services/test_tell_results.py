from __future__ import annotations

import logging

import pytest

from smallweb.core.models import State
from smallweb.periodic.models import Job, JobRun
from smallweb.periodic.services.tell_results import tell_results
from tests.periodic.conftest import NOW, MakeJob


def _failed(job: Job, *, in_row: int) -> JobRun:
    job.failures_in_row = in_row
    run = JobRun(job=job, due_at=NOW, run_after=NOW, state=State.FAILED, error="It is raining.")
    run.save()
    return run


@pytest.mark.django_db
def test_only_the_first_failure_of_a_series_is_a_warning(
    make_job: MakeJob, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="smallweb.periodic")
    for in_row in (1, 2, 3):
        tell_results([_failed(make_job(f"a{in_row}", alert_after=0), in_row=in_row)])
    told = [(record.levelname, "It is raining." in record.getMessage()) for record in caplog.records]
    assert told == [("WARNING", True), ("INFO", True), ("INFO", True)]
