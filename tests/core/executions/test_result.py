from __future__ import annotations

from typing import Any

import pytest

from smallweb.core.executions.batch import Batch
from smallweb.core.executions.result import Result, ended_run
from smallweb.core.invoke import Outcome
from smallweb.core.models import State
from tests.core.executions.conftest import NOW, fresh, seconds
from tests.core.executions.functions import add, fail_slowly

pytestmark = pytest.mark.django_db(transaction=True)

DONE = Outcome(value='"done"')
FAILED = Outcome(code="call_failed", error="ValueError: x", traceback="t")
CANCELLED = Outcome(code="call_cancelled", error="It was asked to end.")


@pytest.mark.parametrize(
    ("outcome", "is_stopped", "asked", "state"),
    [
        (DONE, False, False, State.SUCCESSFUL),
        (DONE, True, True, State.SUCCESSFUL),  # it was done before it heard of that
        (CANCELLED, True, False, State.READY),
        (CANCELLED, True, True, State.CANCELLED),
        (CANCELLED, False, True, State.CANCELLED),
        (FAILED, False, True, State.CANCELLED),
        (FAILED, False, False, State.READY),
        (Outcome(code="gave_up", error="x"), False, False, State.FAILED),
        (Outcome(code="bad_arguments", error="x"), False, False, State.FAILED),
        (Outcome(code="result_refused", error="x"), False, False, State.FAILED),
    ],
)
def test_an_outcome_leads_to_a_state_and_leaves_the_run_as_it_was(
    outcome: Outcome, is_stopped: bool, asked: bool, state: State
) -> None:
    add.enqueue(1)
    (run,) = Batch.claim(1).runs
    ended = ended_run(Result(run, outcome, is_stopped), cancel_requested_at=NOW if asked else None, now=NOW)
    assert ended.state == state
    assert (run.state, run.interruptions, run.earlier_attempts) == (State.RUNNING, 0, [])


def test_the_pause_is_the_tasks_or_the_settings() -> None:
    for task, delay_s in ((add, 0.0), (fail_slowly, 5.0)):
        task.enqueue(1) if task is add else task.enqueue()
        (run,) = Batch.claim(1).runs
        assert ended_run(Result(run, FAILED), cancel_requested_at=None, now=NOW).run_after == NOW + seconds(
            delay_s
        )


@pytest.mark.parametrize(
    ("outcome", "state", "error"),
    [
        (Outcome(value="no JSON"), State.FAILED, "What it returned cannot be stored: "),
        (FAILED, State.READY, "ValueError: x"),
    ],
)
def test_what_cannot_be_stored_takes_nothing_else_with_it(outcome: Outcome, state: State, error: str) -> None:
    runs: list[Any] = add.enqueue_many([{"a": 1}, {"a": 2}])
    batch = Batch.claim(2)
    odd, other = batch.runs
    odd.progress = object()
    batch.results = [Result(odd, outcome), Result(other, DONE)]
    batch.runs.clear()
    batch.record()
    assert (fresh(runs[0]).state, fresh(runs[0]).progress) == (state, None)
    assert fresh(runs[0]).error.startswith(error)
    assert (fresh(runs[1]).state, fresh(runs[1]).result) == (State.SUCCESSFUL, "done")
