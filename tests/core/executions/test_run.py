from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from smallweb.core.cluster.stop import request_stop
from smallweb.core.executions import Task, task, tasks
from smallweb.core.executions.batch import Batch
from smallweb.core.executions.plain import MAX_DEPTH
from smallweb.core.executions.run import MAX_BATCH, _next_size, run_tasks
from smallweb.core.models import State, TaskRun
from smallweb.core.signals import run_started
from tests.core.executions import functions
from tests.core.executions.conftest import NOW, ended, fresh, make_run
from tests.core.executions.test_plain import nested
from tests.workers import run_all_tasks

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_run_ends_with_what_its_function_returned() -> None:
    run = ended(functions.add.enqueue(1, b=2))
    assert (run.state, run.result, run.attempt, run.error) == (State.SUCCESSFUL, 3, 1, "")
    assert run.started_at is not None
    assert run.finished_at is not None
    assert run.finished_at >= run.started_at
    assert (run.lease, run.holder, run.worker_pid, run.lease_expires_at) == (None, None, None, None)


def test_coroutines_are_run() -> None:
    assert ended(functions.add_later.enqueue(1, 2)).result == 3


def test_where_nothing_waits_there_is_nothing_to_do() -> None:
    assert run_all_tasks() == 0


def test_all_that_waits_is_run_in_its_order(tmp_path: Path) -> None:
    runs = functions.note.enqueue_many({"path": str(tmp_path / "order")} for _ in range(150))
    urgent = functions.note.using(priority="high").enqueue(str(tmp_path / "order"))
    assert run_all_tasks() == 151
    order = [int(line) for line in (tmp_path / "order").read_text().split()]
    assert order == [urgent.pk, *(run.pk for run in runs)]


def test_the_function_hears_of_its_run() -> None:
    user = User.objects.create(username="ann")
    run = ended(functions.tell_context.using(owner=user).enqueue())
    assert run.result == [functions.tell_context.name, run.pk, str(run.uuid), 1, user.pk]


@pytest.mark.parametrize(
    "value",
    [None, {"a": [1, 2.5, "x"]}, 2**70, 10**400, "\U0001f600", "a literal \\u0000", nested(MAX_DEPTH - 1)],
    ids=lambda value: type(value).__name__,
)
def test_any_json_goes_in_and_comes_out(value: Any) -> None:
    assert ended(functions.echo.enqueue(value)).result == value


def test_arguments_without_a_type_arrive_as_json() -> None:
    run = ended(functions.echo_all.enqueue(["a"], more={"at": datetime(2026, 1, 1, tzinfo=UTC)}))
    assert run.result == [["a"], {"more": {"at": "2026-01-01T00:00:00Z"}}]


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("give_unsendable", "What it returned (object) is no JSON"),
        ("generate", "What it returned (generator) is no JSON"),
        ("generate_later", "What it returned (async_generator) is no JSON"),
    ],
)
def test_a_result_that_is_no_json_is_a_failure_that_no_other_attempt_would_mend(
    name: str, error: str
) -> None:
    run = ended(getattr(functions, name).enqueue())
    assert (run.state, run.attempt) == (State.FAILED, 1)
    assert run.error.startswith(error)


@pytest.fixture
def registry(new_child: None) -> Iterator[None]:
    with tasks.temporarily():
        yield


ODD = {"NaN": float("nan"), "deep": nested(MAX_DEPTH + 1)}


@pytest.mark.parametrize("name", ODD)
def test_a_result_that_a_database_would_refuse_fails_its_run_only(name: str, registry: None) -> None:
    odd: Task[[], Any] = task(name="odd")(lambda: ODD[name])
    run, other = odd.enqueue(), functions.add.enqueue(1)
    run_all_tasks()
    assert (fresh(run).state, fresh(other).state) == (State.FAILED, State.SUCCESSFUL)
    assert "no JSON" in fresh(run).error


def test_texts_that_a_database_would_refuse_are_mended(registry: None) -> None:
    odd: Task[[], Any] = task(name="odd")(lambda: {"a": ("NUL \0", ["half \udc80"])})
    assert ended(odd.enqueue()).result == {"a": ["NUL \ufffd", ["half \ufffd"]]}


def test_a_result_that_is_too_large_comes_with_advice(settings: Settings) -> None:
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "TASK_MAX_RESULT_BYTES": 10}
    run = ended(functions.echo.enqueue("123456789"))
    assert (run.state, run.attempt) == (State.FAILED, 1)
    assert "11 bytes of JSON; 10 are kept" in run.error
    assert "TASK_MAX_RESULT_BYTES" in run.error


def test_a_failure_is_tried_again_and_then_told() -> None:
    run = ended(functions.fail.enqueue("broken"))
    assert (run.state, run.attempt, run.error) == (State.FAILED, 3, "ValueError: broken")
    assert "in fail" in run.traceback
    assert [(one["attempt"], one["error"]) for one in run.earlier_attempts] == [
        (1, "ValueError: broken"),
        (2, "ValueError: broken"),
    ]


def test_a_later_attempt_may_go_on_where_the_last_one_was() -> None:
    run = ended(functions.fail_first.enqueue())
    assert (run.state, run.result, run.error) == (State.SUCCESSFUL, "2 0.5", "")
    assert len(run.earlier_attempts) == 1


def test_the_next_attempt_waits_longer_each_time(settings: Settings) -> None:
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "TASK_RETRY_DELAY_S": 40}
    run = functions.fail_slowly.enqueue()
    for delay_s in (40, 80):
        TaskRun.objects.update(run_after=NOW)
        run = ended(run)
        assert run.state == State.READY
        assert 0 <= delay_s - (run.run_after - timezone.now()).total_seconds() < 10
    assert ended(run).attempt == 2


def test_a_task_may_say_that_no_other_attempt_will_do() -> None:
    run = ended(functions.give_up.enqueue())
    assert (run.state, run.attempt, run.error) == (State.FAILED, 1, "No such customer.")


@pytest.mark.parametrize("arguments", [{"a": "x"}, {}, {"a": 1, "z": 1}])
def test_arguments_that_no_longer_fit_are_a_failure_at_once(arguments: dict[str, Any]) -> None:
    run = ended(make_run(functions.add.name, arguments=arguments, max_attempts=3))
    assert (run.state, run.attempt) == (State.FAILED, 1)


def test_a_task_that_is_gone_may_come_back_until_the_last_attempt() -> None:
    run = make_run("gone.task", max_attempts=2)
    assert ended(run).state == State.READY
    TaskRun.objects.update(run_after=NOW)
    run = ended(run)
    assert (run.state, run.attempt) == (State.FAILED, 2)
    assert run.error.startswith("No task is registered as 'gone.task'")


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("sleep", ""),
        ("loop", ""),
        ("sleep_async", ""),
        ("hang_in_c", " and could not be interrupted; its process was killed"),
        ("swallow_everything", " and could not be interrupted; its process was killed"),
    ],
)
def test_a_run_over_its_time_is_ended(name: str, how: str) -> None:
    run = getattr(functions, name).using(timeout_s=0.2, max_attempts=1).enqueue()
    other = functions.add.enqueue(1)
    run = ended(run)
    assert (run.state, run.error) == (State.FAILED, f"It ran longer than its timeout of 0.2 s{how}.")
    assert run.traceback
    assert ended(other).state == State.SUCCESSFUL


def test_a_function_that_ends_its_process_fails_alone() -> None:
    runs = [
        functions.add.enqueue(1),
        functions.exit_hard.using(max_attempts=2).enqueue(),
        functions.add.enqueue(1),
    ]
    run_all_tasks()
    states = [fresh(run).state for run in runs]
    assert states == [State.SUCCESSFUL, State.FAILED, State.SUCCESSFUL]
    assert fresh(runs[1]).attempt == 2


@pytest.mark.parametrize("progress", [0, 0.5, {"done": 1}, 2**70, None])
def test_the_last_progress_is_kept(progress: Any) -> None:
    assert ended(functions.report.enqueue([1, progress])).progress == progress


def test_what_was_reported_before_the_process_ended_is_kept() -> None:
    assert ended(functions.report_and_die.enqueue()).progress == "so far"


def test_one_runs_progress_is_not_taken_for_anothers() -> None:
    first, second = functions.report.enqueue([1]), functions.report.enqueue([])
    run_all_tasks()
    assert (fresh(first).progress, fresh(second).progress) == (1, None)


@pytest.mark.parametrize("progress", [10**30, {"deep": [10**30]}, 1e30])
def test_progress_that_is_a_large_number_does_no_harm_to_the_next_attempt(progress: Any) -> None:
    run = make_run(functions.tell_context.name, progress=progress)
    assert ended(run).state == State.SUCCESSFUL


def test_progress_that_cannot_be_kept_fails_the_run() -> None:
    run = ended(functions.report.using(max_attempts=1).enqueue(["x" * 20_000]))
    assert run.error == "ValueError: it has 20002 bytes; 16384 are taken"


def test_memory_is_limited_where_the_task_says_so() -> None:
    fits, large = functions.small.enqueue(), functions.large.enqueue()
    run_all_tasks()
    assert (fresh(fits).result, fresh(large).state) == ("fits", State.FAILED)
    assert fresh(large).error.startswith("MemoryError")
    assert ended(functions.add.enqueue(1)).result == 1


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_a_function_left_open_is_not_the_next_ones() -> None:
    assert ended(functions.leave_transaction_open.enqueue()).result == 1
    assert ended(functions.count_runs.enqueue()).result == 2


def test_a_broken_connection_of_one_function_is_not_the_next_ones() -> None:
    broken, after = functions.break_connection.enqueue(), functions.use_connection.enqueue()
    run_all_tasks()
    assert (fresh(broken).state, fresh(after).result) == (State.FAILED, 1)


def test_workers_that_stop_begin_no_other_batch() -> None:
    runs = functions.add.enqueue_many({"a": n} for n in range(5))
    request_stop(60)
    assert run_tasks(0) == 1
    assert [fresh(run).state for run in runs] == [State.SUCCESSFUL, *[State.READY] * 4]
    assert {fresh(run).attempt for run in runs[1:]} == {0}


def test_a_long_run_lets_others_have_what_has_not_begun(tmp_path: Path) -> None:
    """The batch has grown by then; each run that lasts gives the rest of it back, as it was."""
    runs = functions.add.enqueue_many({"a": n} for n in range(3))
    long = functions.hold.enqueue(str(tmp_path), seconds=0.5)
    behind = functions.add.enqueue_many({"a": n} for n in range(3))
    seen: list[Any] = []

    def look(run: TaskRun, **kwargs: Any) -> None:
        if run.pk == behind[0].pk:
            seen.append([fresh(other).attempt for other in behind[1:]])

    run_started.connect(look)
    try:
        run_all_tasks()
    finally:
        run_started.disconnect(look)
    assert {fresh(run).state for run in (*runs, long, *behind)} == {State.SUCCESSFUL}
    assert {fresh(run).attempt for run in (*runs, long, *behind)} == {1}
    assert seen == [[0, 0]]


def test_batches_grow_while_runs_are_short() -> None:
    batch = Batch(uuid.uuid4(), deque(), called=4)
    assert (_next_size(batch, 4), _next_size(batch, 8)) == (8, 8)
    batch.called = MAX_BATCH
    assert _next_size(batch, MAX_BATCH) == MAX_BATCH
    batch.was_quick = False
    assert _next_size(batch, 4) == 1
