from __future__ import annotations

import pickle
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django_q.signing import SignedPackage

from smallweb.core.cluster.broker import WorkBroker
from smallweb.core.cluster.lookout import MAX_PAUSE_S, PENDING_PAUSE_S, Lookout
from smallweb.core.cluster.work import Hint, WorkSource, recover_work, ring_workers, work_sources
from smallweb.core.doorbell import Doorbell
from smallweb.core.tasks import run_work

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Source:
    """A source whose work is what a test says."""

    def __init__(self, name: str = "tests") -> None:
        self.due: list[Hint] = []
        self.next_at: datetime | None = None
        self.ran: list[int] = []
        self.recovered: list[uuid.UUID | None] = []
        self.is_broken = False
        self.entry = WorkSource(
            name=name, find=self._find, next_at=lambda now: self.next_at, run=self._run, recover=self._recover
        )

    def _find(self, now: datetime) -> list[Hint]:
        if self.is_broken:
            raise RuntimeError("broken")
        return self.due

    def _run(self, key: int) -> None:
        self.ran.append(key)
        if self.is_broken:
            raise RuntimeError("broken")

    def _recover(self, now: datetime, dead_tree: uuid.UUID | None) -> int:
        self.recovered.append(dead_tree)
        if self.is_broken:
            raise RuntimeError("broken")
        return 1


@pytest.fixture(autouse=True)
def _no_other_sources() -> Iterator[None]:
    with work_sources.temporarily():
        work_sources._entries = {}
        yield


@pytest.fixture
def source() -> Source:
    source = Source()
    work_sources.register(source.entry)
    return source


@pytest.fixture
def broker(source: Source) -> Iterator[WorkBroker]:
    broker = WorkBroker(list_key="tests")
    yield broker
    if broker._bell is not None:
        broker._bell.close()


def _after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_each_due_time_is_hinted_at_once_and_again_when_nobody_took_it(source: Source) -> None:
    lookout = Lookout()
    source.due = [Hint(key=1, token="a"), Hint(key=2, token="a")]
    assert lookout.look(NOW, limit=9) == [("tests", 1), ("tests", 2)]
    assert lookout.look(_after(1), limit=9) == []
    source.due = [Hint(key=1, token="b"), Hint(key=2, token="a")]
    assert lookout.look(_after(2), limit=9) == [("tests", 1)]
    assert lookout.look(_after(6), limit=9) == [("tests", 2)]


def test_a_clock_that_is_set_back_stops_nothing(source: Source) -> None:
    lookout = Lookout()
    source.due = [Hint(key=1, token="a")]
    lookout.look(NOW, limit=9)
    assert lookout.look(_after(-3600), limit=9) == [("tests", 1)]
    assert len(source.recovered) == 2


def test_dead_workers_are_looked_for_every_few_seconds(source: Source) -> None:
    lookout = Lookout()
    for second in range(12):
        lookout.look(_after(second), limit=9)
    assert source.recovered == [None, None]


@pytest.mark.parametrize(("next_in_s", "pause_s"), [(None, 1.0), (0.3, 0.3), (-5.0, 0.0), (60.0, 1.0)])
def test_the_pause_lasts_until_the_next_due_time(
    source: Source, next_in_s: float | None, pause_s: float
) -> None:
    source.next_at = None if next_in_s is None else _after(next_in_s)
    assert Lookout().pause_s(NOW) == pytest.approx(pause_s)


def test_a_broken_source_stops_no_other(source: Source, caplog: pytest.LogCaptureFixture) -> None:
    other = Source("other")
    work_sources.register(other.entry)
    other.due = [Hint(key=7, token="a")]
    source.is_broken = True
    assert Lookout().look(NOW, limit=9) == [("other", 7)]
    recover_work(NOW, dead_tree=uuid.uuid4())
    assert len(other.recovered) == 2
    assert "could not say what is due" in caplog.text


def test_a_fault_of_a_source_is_logged_by_the_task(source: Source, caplog: pytest.LogCaptureFixture) -> None:
    source.is_broken = True
    run_work("tests", 5)
    assert source.ran == [5]
    assert "source=tests key=5 broke off" in caplog.text
    run_work("nobody", 5)
    assert "No work source is registered as 'nobody'" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_the_broker_gives_hints_as_signed_tasks(source: Source, broker: WorkBroker) -> None:
    source.due = [Hint(key=3, token="a")]
    ((acknowledge, package),) = broker.dequeue() or []
    task = SignedPackage.loads(package)
    assert acknowledge is None
    assert (task["func"], task["args"], task["save"], task["timeout"]) == (
        "smallweb.core.tasks.run_work",
        ("tests", 3),
        False,
        -1,
    )
    assert broker.dequeue() is None


@pytest.mark.django_db(transaction=True)
def test_the_sites_own_tasks_are_given_too(broker: WorkBroker) -> None:
    key = broker.enqueue("a package")
    assert broker.dequeue() == [(key, "a package")]
    assert "smallweb" in broker.info()


@pytest.mark.django_db(transaction=True)
def test_the_broker_survives_what_it_cannot_look_at(
    broker: WorkBroker, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smallweb.core.cluster.broker.RETRY_S", 0)
    monkeypatch.setattr(Lookout, "look", lambda self, now: 1 / 0)
    assert broker.dequeue() is None
    assert "could not look for work" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_the_broker_travels_to_its_process_without_its_bell(broker: WorkBroker) -> None:
    broker.dequeue()
    bell = broker._bell
    assert pickle.loads(pickle.dumps(broker))._bell is None
    assert bell is not None
    bell.close()


@pytest.mark.django_db(transaction=True)
def test_workers_are_rung_when_the_transaction_commits() -> None:
    from django.db import transaction

    with Doorbell("workers") as bell:
        with transaction.atomic():
            ring_workers()
            assert not bell.wait(0)
        assert bell.wait(1)


def test_while_a_hint_is_not_taken_up_the_next_look_comes_soon(source: Source) -> None:
    lookout = Lookout()
    source.due = [Hint(key=1, token="a")]
    assert lookout.look(NOW, limit=9)
    source.next_at = NOW + timedelta(seconds=30)
    assert lookout.pause_s(NOW) == PENDING_PAUSE_S
    source.due = []
    lookout.look(NOW, limit=9)
    assert lookout.pause_s(NOW) == MAX_PAUSE_S
