"""The page about tasks: what it shows does what it says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from smallweb.core.executions import tasks
from smallweb.core.invoke import worker_host
from smallweb.core.models import State, TaskRun
from smallweb.core.signals import run_failed
from tests.snippets import run_page
from tests.source import ROOT
from tests.workers import run_all_tasks

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _the_page() -> Iterator[None]:
    receivers = list(run_failed.receivers)
    worker_host.close()
    with tasks.temporarily():
        run_page(ROOT / "docs/tasks.md")
        yield
    worker_host.close()
    run_failed.receivers = receivers


def _run_all() -> None:
    TaskRun.objects.filter(state=State.READY).update(run_after="2026-01-01T00:00:00Z")
    run_all_tasks()


def _results(name: str) -> list[object]:
    runs = TaskRun.objects.filter(task=f"snippet.{name}", state=State.SUCCESSFUL)
    return list(runs.order_by("pk").values_list("result", flat=True))


def test_what_the_page_enqueues_succeeds() -> None:
    _run_all()
    assert _results("write_invoice") == ["4.20"]
    assert "Receipt of order 7 sent to ann@example.org" in _results("send_receipt")
    assert not TaskRun.objects.filter(state__in=[State.FAILED, State.LOST]).exists()


def test_a_chain_goes_on_once_however_often_its_first_task_runs() -> None:
    run = tasks.get("snippet.pay").enqueue(8)
    _run_all()
    TaskRun.objects.filter(pk=run.pk).update(state=State.READY)
    _run_all()
    assert TaskRun.objects.filter(key=f"{run.uuid}-next").count() == 1
    _run_all()
    assert "Receipt of order 8 sent to ann@example.org" in _results("send_receipt")


def test_a_group_is_added_up_when_its_last_part_has_ended() -> None:
    last = TaskRun.objects.filter(task="snippet.weigh").order_by("pk").last()
    assert last is not None
    TaskRun.objects.filter(pk=last.pk).update(run_after="2100-01-01T00:00:00Z")
    run_all_tasks()
    assert _results("add_up") == [None]
    _run_all()
    _run_all()
    assert _results("add_up")[-1] == 600


def test_a_booking_that_is_made_again_is_made_once() -> None:
    from django.contrib.auth.models import Group

    run = tasks.get("snippet.book").enqueue(3)
    for _ in range(2):
        TaskRun.objects.filter(pk=run.pk).update(state=State.READY)
        _run_all()
    assert Group.objects.count() == 1


def test_giving_up_is_final() -> None:
    run = tasks.get("snippet.charge").enqueue(5000)
    _run_all()
    run.refresh_from_db()
    assert (run.state, run.attempt, run.error) == (State.FAILED, 1, "There is no order 5000.")
