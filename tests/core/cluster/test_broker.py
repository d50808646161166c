from __future__ import annotations

import pickle
import time

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from smallweb.core.cluster.broker import WorkBroker
from smallweb.core.cluster.lookout import Lookout
from smallweb.core.cluster.work import Hint
from smallweb.core.doorbell import Doorbell, ring
from tests.core.cluster.sources import Source

pytestmark = pytest.mark.django_db(transaction=True)


class Queue:
    """Says in turn how many hints wait for a worker; the last for ever."""

    def __init__(self, *sizes: int) -> None:
        self.sizes = list(sizes)

    def __call__(self) -> int:
        return self.sizes.pop(0) if len(self.sizes) > 1 else self.sizes[0]


def _keys(broker: WorkBroker) -> list[int]:
    """Return what the broker gives in one go."""
    return [SignedPackage.loads(package)["args"][1] for _, package in broker.dequeue() or []]


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


def test_the_sites_own_tasks_are_given_too(broker: WorkBroker) -> None:
    key = broker.enqueue("a package")
    assert broker.dequeue() == [(key, "a package")]
    assert "smallweb" in broker.info()


def test_the_broker_survives_what_it_cannot_look_at(
    broker: WorkBroker, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smallweb.core.cluster.broker.RETRY_S", 0)
    monkeypatch.setattr(Lookout, "look", lambda self, now, **values: 1 / 0)
    assert broker.dequeue() is None
    assert "could not look for work" in caplog.text


def test_the_broker_travels_to_its_process_without_its_bell(broker: WorkBroker) -> None:
    broker.dequeue()
    bell = broker._bell
    assert pickle.loads(pickle.dumps(broker))._bell is None
    assert bell is not None
    bell.close()


def test_no_more_is_given_than_the_queue_takes(source: Source, broker: WorkBroker) -> None:
    source.due = [Hint(key=key, token="a") for key in range(100)]
    assert _keys(broker) == [0, 1, 2, 3]
    broker.waiting = Queue(4, 3)
    assert _keys(broker) == []
    broker.waiting = Queue(3)
    assert _keys(broker) == [4]


def test_while_all_workers_are_busy_nothing_is_asked(source: Source, broker: WorkBroker) -> None:
    source.due = [Hint(key=1, token="a")]
    broker.waiting = Queue(4)
    _keys(broker)
    with CaptureQueriesContext(connection) as queries:
        assert _keys(broker) == []
    assert len(queries) == 0
    assert source.recovered == [None]


def test_a_worker_that_takes_a_hint_ends_the_wait(source: Source, broker: WorkBroker) -> None:
    begun = time.monotonic()
    broker.waiting = Queue(4, 4, 4, 3)
    assert _keys(broker) == []
    assert time.monotonic() < begun + 0.9


def test_a_ring_ends_the_wait_for_busy_workers(source: Source, broker: WorkBroker) -> None:
    def ring_and_wait() -> int:
        ring("workers")
        return 1

    _keys(broker)
    broker.waiting = ring_and_wait
    begun = time.monotonic()
    assert _keys(broker) == []
    assert time.monotonic() < begun + 0.9


def test_the_sites_own_tasks_come_in_their_order_and_once(broker: WorkBroker) -> None:
    keys = [broker.enqueue(f"package {number}") for number in range(3)]
    given = [task for _ in keys for task in broker.dequeue() or []]
    assert given == [(key, f"package {number}") for number, key in enumerate(keys)]
    assert broker.dequeue() is None


def test_the_sites_own_tasks_wait_while_there_is_no_room(broker: WorkBroker) -> None:
    broker.enqueue("a package")
    broker.waiting = Queue(4, 4, 3)
    assert broker.dequeue() is None
    broker.waiting = Queue(3)
    assert len(broker.dequeue() or []) == 1


def test_a_task_that_another_cluster_took_first_is_not_given(broker: WorkBroker) -> None:
    broker.enqueue("a package")
    row = OrmQ.objects.get()
    assert broker._lock(row)
    assert not broker._lock(row)


def test_the_sites_own_task_rings_when_its_transaction_commits(broker: WorkBroker) -> None:
    with Doorbell("workers") as bell:
        with transaction.atomic():
            broker.enqueue("a package")
            assert not bell.wait(0)
        assert bell.wait(1)
