from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from pytest_django import Settings

from smallweb.core.executions import tell as tell_module
from smallweb.core.executions.tell import announce, tell_on_commit
from smallweb.core.models import State, TaskRun
from smallweb.core.signals import run_finished
from tests.core.executions.conftest import make_run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _never_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tell_module, "_announced_at", 0.0)


@pytest.fixture
def finished() -> Iterator[list[TaskRun]]:
    finished: list[TaskRun] = []

    def receive(run: TaskRun, **kwargs: Any) -> None:
        finished.append(run)

    run_finished.connect(receive)
    yield finished
    run_finished.disconnect(receive)


def test_what_has_ended_is_told_with_the_commit(finished: list[TaskRun]) -> None:
    run = make_run(state=State.SUCCESSFUL)
    with transaction.atomic():
        tell_on_commit([run])
        assert finished == []
    assert finished == [run]


def test_what_is_rolled_back_is_not_told(finished: list[TaskRun]) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        tell_on_commit([make_run(state=State.SUCCESSFUL)])
        raise ZeroDivisionError
    assert finished == []


def test_what_begins_again_is_logged_and_not_told(
    finished: list[TaskRun], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger=tell_module.__name__)
    tell_on_commit([make_run(error="ValueError: x")])
    assert finished == []
    assert "begins again: ValueError: x" in caplog.text


@pytest.mark.parametrize("state", [State.FAILED, State.LOST])
def test_a_bad_end_is_logged(state: State, caplog: pytest.LogCaptureFixture) -> None:
    run = make_run("my.task", state=state, error="ValueError: x")
    tell_on_commit([run])
    assert f"run={run.pk} my.task {run.uuid} {state}: ValueError: x" in caplog.text


def test_a_bus_that_is_away_is_left_alone_for_a_while(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "BUS_URL": "redis://127.0.0.1:1/0"}
    announce()
    announce()
    announce(always=True)
    assert caplog.text.count("the admin's lists are not live") == 2
