from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import AnonymousUser, User
from django.db import IntegrityError, connections, transaction
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from smallweb.core.cluster.work import BELL
from smallweb.core.doorbell import Doorbell
from smallweb.core.exceptions import BadArguments
from smallweb.core.models import State, TaskRun
from tests.core.executions.conftest import meanwhile, seconds
from tests.core.executions.functions import add, echo, fail, hold_once

pytestmark = pytest.mark.django_db(transaction=True)


def _seen_by_others() -> int:
    counts: list[int] = []
    meanwhile(lambda: counts.append(TaskRun.objects.count())).join()
    return counts[0]


def test_a_run_has_the_arguments_and_the_settings_defaults(settings: Settings) -> None:
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "TASK_TIMEOUT_S": 7.5, "TASK_MAX_ATTEMPTS": 4}
    before = timezone.now()
    run = add.enqueue(1, b=2)
    run.refresh_from_db()
    assert (run.task, run.arguments, run.state, run.attempt) == (add.name, {"a": 1, "b": 2}, State.READY, 0)
    assert (run.timeout_s, run.max_attempts, run.priority, run.at_most_once) == (7.5, 4, 0, False)
    assert (run.key, run.owner, run.origin) == (None, None, "")
    assert before <= run.run_after <= timezone.now()


def test_options_of_the_task_and_wishes_for_the_run_come_before_the_settings() -> None:
    assert fail.enqueue().max_attempts == 3
    assert fail.using(max_attempts=5, timeout_s=2).enqueue().max_attempts == 5
    assert hold_once.enqueue(folder="").at_most_once


def test_it_is_seen_with_the_commit_and_gone_with_a_rollback() -> None:
    with transaction.atomic():
        add.enqueue(1)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            add.enqueue(2)
            raise ZeroDivisionError
        if transaction.get_connection().vendor != "sqlite":  # its readers are tested below
            assert _seen_by_others() == 0
    assert [run.arguments for run in TaskRun.objects.all()] == [{"a": 1}]
    assert _seen_by_others() == 1


def test_the_workers_are_rung_with_the_commit_only() -> None:
    with Doorbell(BELL) as bell:
        with transaction.atomic():
            add.enqueue(1)
            assert not bell.wait(0)
        assert bell.wait(0)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            add.enqueue(1)
            raise ZeroDivisionError
        assert not bell.wait(0)


def test_it_starts_after_a_while_or_at_a_moment() -> None:
    now = timezone.now()
    assert add.using(run_after=seconds(60)).enqueue(1).run_after >= now + seconds(60)
    assert add.using(run_after=now + seconds(5)).enqueue(1).run_after == now + seconds(5)


@pytest.mark.parametrize("after", [timedelta.max, timedelta.min])
def test_a_while_that_leads_out_of_the_calendar_is_refused(after: timedelta) -> None:
    with pytest.raises(BadArguments, match="calendar"):
        add.using(run_after=after).enqueue(1)


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(BadArguments, match="no time zone"):
        add.using(run_after=datetime(2026, 1, 1)).enqueue(1)  # noqa: DTZ001


@pytest.mark.parametrize(("name", "number"), [("high", 1), ("normal", 0), ("low", -1)])
def test_priorities_have_names(name: Any, number: int) -> None:
    assert add.using(priority=name).enqueue(1).priority == number


def test_a_key_gives_the_run_that_is_there_whatever_became_of_it() -> None:
    run = add.using(key="order 7").enqueue(1)
    TaskRun.objects.update(state=State.FAILED)
    again = add.using(key="order 7").enqueue(2)
    assert (again.pk, again.arguments) == (run.pk, {"a": 1})
    assert echo.using(key="order 7").enqueue().pk != run.pk
    assert add.using(key="order 8").enqueue(1).pk != run.pk


def test_a_key_of_a_rolled_back_savepoint_is_free() -> None:
    with transaction.atomic():
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            add.using(key="k").enqueue(1)
            raise ZeroDivisionError
        assert add.using(key="k").enqueue(2).arguments == {"a": 2}


def test_a_key_that_is_taken_leaves_the_callers_transaction_whole() -> None:
    add.using(key="k").enqueue(1)
    with transaction.atomic():
        add.using(key="k").enqueue(1)
        echo.enqueue()
    assert TaskRun.objects.count() == 2


def test_of_many_who_give_one_key_at_once_all_get_one_run() -> None:
    barrier, runs = threading.Barrier(4), []

    def enqueue() -> None:
        barrier.wait()
        runs.append(add.using(key="k").enqueue(1))

    for thread in [meanwhile(enqueue) for _ in range(4)]:
        thread.join()
    assert len(runs) == 4
    assert {run.pk for run in runs} == {TaskRun.objects.get().pk}


def test_a_key_names_one_run() -> None:
    with pytest.raises(BadArguments, match="names one run; 2 are wished for"):
        add.using(key="k").enqueue_many([{"a": 1}, {"a": 2}])
    assert not TaskRun.objects.exists()


def test_what_the_database_refuses_for_another_reason_is_not_taken_for_a_key() -> None:
    with pytest.raises(IntegrityError):
        add.using(key="k", owner=User(pk=10**6)).enqueue(1)


def test_the_owner_is_a_user_or_nobody() -> None:
    user = User.objects.create(username="ann")
    assert add.using(owner=SimpleLazyObject(lambda: user)).enqueue(1).owner_id == user.pk
    for nobody in (AnonymousUser(), SimpleLazyObject(AnonymousUser), None):
        assert add.using(owner=nobody).enqueue(1).owner is None
    user.delete()
    assert TaskRun.objects.filter(owner=None).count() == 4


def test_the_reason_is_kept_as_far_as_it_fits() -> None:
    assert add.using(because="\0" + "x" * 300).enqueue(1).origin == "\ufffd" + "x" * 249


def test_many_runs_are_made_at_once() -> None:
    runs = add.enqueue_many({"a": n} for n in range(1200))
    assert [run.arguments["a"] for run in TaskRun.objects.order_by("pk")] == list(range(1200))
    assert all(run.pk for run in runs)
    assert len({run.uuid for run in runs}) == 1200
    assert add.enqueue_many([]) == []


@pytest.mark.parametrize("bad", [{"a": "x"}, {}, {"a": 1, "z": 1}, {1: 2}, None])
def test_of_many_calls_with_a_bad_one_none_is_made(bad: Any) -> None:
    with pytest.raises(BadArguments):
        add.enqueue_many([{"a": 1}, bad])
    assert not TaskRun.objects.exists()


async def test_a_coroutine_enqueues_too() -> None:
    user = SimpleLazyObject(lambda: User.objects.create(username="ann"))
    run = await add.using(owner=user).aenqueue(1, b=2)
    stored = await sync_to_async(TaskRun.objects.select_related("owner").get)(pk=run.pk)
    await sync_to_async(connections.close_all)()
    assert stored.arguments == {"a": 1, "b": 2}
    assert stored.owner is not None


_kept_exactly = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(-1e15, 1e15, allow_subnormal=False)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0"))
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.recursive(_kept_exactly, lambda inner: st.lists(inner) | st.dictionaries(st.text("ab"), inner)))
def test_the_database_gives_back_what_was_given(value: Any) -> None:
    run = echo.enqueue(value)
    run.refresh_from_db()
    assert echo.parameters.read(run.arguments) == {"value": value}
