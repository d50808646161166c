from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from smallweb.core.cluster.stop import request_stop
from smallweb.core.executions.batch import Batch
from smallweb.core.executions.call import request_of
from smallweb.core.executions.control import cancel
from smallweb.core.executions.run import run_tasks
from smallweb.core.executions.watch import LeaseLost, Watch
from smallweb.core.invoke import EndCall, worker_host
from smallweb.core.models import State, TaskRun
from smallweb.core.models.execution import MAX_INTERRUPTIONS
from smallweb.core.signals import run_failed, run_finished, run_started
from tests.core.executions import functions
from tests.core.executions.conftest import ended, fresh, meanwhile, seconds
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db(transaction=True)


def _once_begun(folder: Path, action: Callable[[], object]) -> Thread:
    """Do it in another thread as soon as a task holds."""

    def act() -> None:
        wait_for((folder / "begun").exists)
        action()

    return meanwhile(act)


def _cancel(run: TaskRun) -> None:
    cancel(run, now=timezone.now())


@contextmanager
def _failing(times: int) -> Iterator[list[str]]:
    """The database refuses the first writes of results."""
    refused: list[str] = []

    def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("UPDATE") and '"earlier_attempts"' in sql and len(refused) < times:
            refused.append(sql)
            raise OperationalError("database is locked")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        yield refused


@contextmanager
def _signals() -> Iterator[list[tuple[str, str]]]:
    """What the signals say, and the state that is stored by then; every receiver raises."""
    told: list[tuple[str, str]] = []

    def receiver(name: str) -> Callable[..., None]:
        def receive(run: TaskRun, **kwargs: Any) -> None:
            told.append((name, fresh(run).state))
            raise ZeroDivisionError(name)

        return receive

    receivers = {
        signal: receiver(name)
        for name, signal in (("started", run_started), ("finished", run_finished), ("failed", run_failed))
    }
    for signal, receive in receivers.items():
        signal.connect(receive)
    try:
        yield told
    finally:
        for signal, receive in receivers.items():
            signal.disconnect(receive)


def test_cancelling_a_run_lets_it_clear_up(tmp_path: Path) -> None:
    run = functions.hold.enqueue(str(tmp_path))
    thread = _once_begun(tmp_path, lambda: _cancel(run))
    run = ended(run)
    thread.join()
    assert (run.state, run.attempt, run.error) == (State.CANCELLED, 1, "")
    assert run.cancel_requested_at is not None
    assert (tmp_path / "cleared").exists()


def test_a_run_that_ignores_it_is_killed(tmp_path: Path) -> None:
    run = functions.hold_stubbornly.enqueue(str(tmp_path))
    thread = _once_begun(tmp_path, lambda: _cancel(run))
    assert ended(run).state == State.CANCELLED
    thread.join()
    assert ended(functions.add.enqueue(1)).state == State.SUCCESSFUL


def test_a_run_in_a_loop_of_c_is_killed() -> None:
    run = functions.hang_in_c.enqueue()

    def cancel_when_it_runs() -> None:
        wait_for(lambda: fresh(run).state == State.RUNNING)
        _cancel(run)

    thread = meanwhile(cancel_when_it_runs)
    assert ended(run).state == State.CANCELLED
    thread.join()


def test_a_run_that_was_given_back_is_cancelled_if_that_was_asked_meanwhile() -> None:
    run = functions.add.enqueue(1)
    batch = Batch.claim(1)
    _cancel(run)
    assert fresh(run).state == State.RUNNING
    batch.record()
    assert (fresh(run).state, fresh(run).attempt) == (State.CANCELLED, 0)


def test_a_worker_whose_lease_was_taken_writes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    run = functions.add.enqueue(1)
    batch = Batch.claim(1)
    other = uuid.uuid4()
    TaskRun.objects.update(lease=other, attempt=2)
    batch.call_all()
    batch.record()
    run = fresh(run)
    assert (run.state, run.lease, run.result, run.attempt) == (State.RUNNING, other, None, 2)
    assert "1 results are dropped" in caplog.text


def test_a_worker_whose_lease_was_taken_does_not_give_back_what_others_hold() -> None:
    run = functions.add.enqueue(1)
    batch = Batch.claim(1)
    TaskRun.objects.update(lease=uuid.uuid4())
    batch.record()
    assert (fresh(run).state, fresh(run).attempt) == (State.RUNNING, 1)


def test_a_call_whose_lease_was_taken_is_ended(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    run = functions.hold.enqueue(str(tmp_path))
    thread = _once_begun(tmp_path, lambda: TaskRun.objects.update(lease=uuid.uuid4()))
    run_tasks(0)
    thread.join()
    assert fresh(run).state == State.RUNNING
    assert "is lost" in caplog.text
    assert worker_host._child is None


def test_what_is_not_begun_in_time_is_not_begun(caplog: pytest.LogCaptureFixture) -> None:
    run = functions.add.enqueue(1)
    batch = Batch.claim(1)
    batch.begun_at -= 31
    batch.call_all()
    assert (batch.results, fresh(run).state) == ([], State.RUNNING)
    assert "is lost" in caplog.text


def test_a_long_call_renews_its_lease_and_shows_its_progress(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Watch, "renew_every_s", 0.0)
    monkeypatch.setattr(Watch, "look_every_s", 0.05)
    run = functions.report.enqueue([0.1, 0.2, 0.3], hold_s=0.3)
    seen: list[Any] = []

    def look() -> None:
        first = wait_for(lambda: fresh(run).lease_expires_at)
        wait_for(lambda: fresh(run).progress == 0.2 and fresh(run).state == State.RUNNING)
        later = fresh(run).lease_expires_at
        seen.append(later is not None and later > first)

    thread = meanwhile(look)
    run = ended(run)
    thread.join()
    assert (run.state, run.progress, seen) == (State.SUCCESSFUL, 0.3, [True])


def test_a_call_goes_on_while_the_database_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Watch, "look_every_s", 0.05)
    run = functions.hold.enqueue(str(tmp_path), seconds=0.5)
    refused: list[str] = []

    def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("SELECT") and '"cancel_requested_at"' in sql[:80] and len(refused) < 2:
            refused.append(sql)
            raise OperationalError("server closed the connection")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        run = ended(run)
    assert run.state == State.SUCCESSFUL
    assert len(refused) == 2
    assert "could not be looked after" in caplog.text


@pytest.mark.parametrize(
    ("task", "state", "attempts"),
    [(functions.add, State.SUCCESSFUL, []), (functions.fail, State.READY, [1])],
    ids=["success", "retry"],
)
def test_a_result_is_recorded_as_soon_as_the_database_takes_it(
    task: Any, state: str, attempts: list[int]
) -> None:
    run = task.enqueue(1) if task is functions.add else task.enqueue("x")
    batch = Batch.claim(1)
    batch.call_all()
    with _failing(2) as refused:
        batch.record()
    run = fresh(run)
    assert len(refused) == 2
    assert (run.state, run.attempt, run.interruptions) == (state, 1, 0)
    assert [one["attempt"] for one in run.earlier_attempts] == attempts


def test_what_is_given_back_is_given_back_once_however_often_it_is_tried() -> None:
    run, other = functions.add.enqueue(1), functions.add.enqueue(2)
    batch = Batch.claim(2)
    batch._call(batch.runs.popleft())

    def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("UPDATE") and '"started_at"' in sql and not refused:
            refused.append(sql)
            raise OperationalError("database is locked")
        return execute(sql, params, many, context)

    refused: list[str] = []
    with connection.execute_wrapper(refuse):
        batch.record()
    assert refused
    assert (fresh(run).state, fresh(run).attempt) == (State.SUCCESSFUL, 1)
    assert (fresh(other).state, fresh(other).attempt) == (State.READY, 0)


def test_stopping_workers_give_a_run_back_when_their_grace_is_over(tmp_path: Path) -> None:
    run = functions.hold.enqueue(str(tmp_path))
    thread = _once_begun(tmp_path, lambda: request_stop(0.1))
    run = ended(run)
    thread.join()
    assert (run.state, run.attempt, run.interruptions) == (State.READY, 1, 1)
    assert run.error == "The workers were stopped while it ran."
    assert run.may_retry
    assert (tmp_path / "cleared").exists()


def test_stopping_workers_let_a_run_end_within_their_grace(tmp_path: Path) -> None:
    run = functions.hold.enqueue(str(tmp_path), seconds=0.3)
    thread = _once_begun(tmp_path, lambda: request_stop(30))
    assert ended(run).state == State.SUCCESSFUL
    thread.join()


@pytest.mark.parametrize(
    ("task", "interruptions", "state"),
    [(functions.hold_once, 0, State.LOST), (functions.hold, MAX_INTERRUPTIONS - 1, State.READY)],
    ids=["at most once", "often"],
)
def test_what_must_not_begin_again_is_lost_when_the_workers_stop(
    tmp_path: Path, task: Any, interruptions: int, state: State
) -> None:
    run = task.enqueue(str(tmp_path))
    TaskRun.objects.update(interruptions=interruptions, attempt=interruptions)
    thread = _once_begun(tmp_path, lambda: request_stop(0.1))
    run = ended(run)
    thread.join()
    assert (run.state, run.error) == (state, "The workers were stopped while it ran.")


def test_signals_come_in_order_after_what_they_tell_is_stored(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, logger="django.dispatch")
    with _signals() as told:
        functions.add.enqueue(1)
        run_tasks(0)
    assert told == [("started", State.RUNNING), ("finished", State.SUCCESSFUL)]


def test_each_attempt_is_told_to_begin_and_the_last_to_have_failed(caplog: pytest.LogCaptureFixture) -> None:
    with _signals() as told:
        run = functions.fail.using(max_attempts=2).enqueue()
        run_tasks(0)
    assert told == [
        ("started", State.RUNNING),
        ("started", State.RUNNING),
        ("finished", State.FAILED),
        ("failed", State.FAILED),
    ]
    assert f"run={run.pk} " in caplog.text


def test_a_receiver_that_enqueues_is_heard() -> None:
    def follow(run: TaskRun, **kwargs: Any) -> None:
        if run.result == 3:
            functions.add.using(key=f"{run.uuid}-next").enqueue(run.result, 4)

    run_finished.connect(follow)
    try:
        functions.add.enqueue(1, 2)
        run_tasks(0)
        run_tasks(0)
    finally:
        run_finished.disconnect(follow)
    assert list(TaskRun.objects.order_by("pk").values_list("result", flat=True)) == [3, 7]


def test_a_watch_says_nothing_about_a_short_call() -> None:
    functions.add.enqueue(1)
    batch = Batch.claim(1)
    watch = Watch(batch, batch.runs[0])
    request_stop(0)
    watch()
    watch._begun_at -= 1
    with pytest.raises(EndCall):
        watch()


def test_a_watch_over_a_lost_run_says_so() -> None:
    run = functions.add.enqueue(1)
    batch = Batch.claim(1)
    watch = Watch(batch, batch.runs.popleft())
    TaskRun.objects.filter(pk=run.pk).delete()
    with pytest.raises(LeaseLost):
        watch._look(time.monotonic())


def test_a_lease_is_renewed_for_all_that_is_held() -> None:
    functions.add.enqueue_many([{"a": 1}, {"a": 2}])
    batch = Batch.claim(2)
    later = timezone.now() + seconds(60)
    assert TaskRun.objects.extend_lease(batch.lease, now=later) == 2
    assert TaskRun.objects.extend_lease(uuid.uuid4(), now=later) == 0
    batch.record()


def test_a_fault_of_ours_costs_no_result_and_keeps_no_other_run() -> None:
    """A receiver has made arguments of one run that nobody can send."""
    done, spoilt, behind = functions.add.enqueue_many([{"a": 1}, {"a": 2}, {"a": 3}])

    def spoil(run: TaskRun, **kwargs: Any) -> None:
        if run.pk == spoilt.pk:
            run.arguments = {"a": object()}

    batch = Batch.claim(3)
    run_started.connect(spoil)
    try:
        with pytest.raises(TypeError):
            batch.call_all()
    finally:
        run_started.disconnect(spoil)
    assert (fresh(done).state, fresh(done).result) == (State.SUCCESSFUL, 1)
    assert (fresh(behind).state, fresh(behind).attempt) == (State.READY, 0)
    assert fresh(spoilt).state == State.RUNNING


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_watch_bears_whatever_a_driver_says_of_a_lost_connection(error: type[Exception]) -> None:
    functions.add.enqueue(1)
    batch = Batch.claim(1)
    watch = Watch(batch, batch.runs.popleft())

    def refuse(*args: Any) -> None:
        raise error("connection already closed")

    with connection.execute_wrapper(refuse):
        watch._look(time.monotonic())


def test_an_owner_may_have_another_key_than_a_number() -> None:
    owner = uuid.uuid4()
    run = TaskRun(pk=1, task="tests.core.executions.functions.tell_context", timeout_s=5.0)
    vars(run)["owner_id"] = owner
    (outcome,) = worker_host.run([request_of(run)])
    assert outcome.error == ""
    assert str(owner) in outcome.value
