from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from smallweb.core.cluster.work import ring_workers
from smallweb.core.doorbell import Doorbell


@pytest.mark.django_db(transaction=True)
def test_workers_are_rung_when_the_transaction_commits() -> None:
    with Doorbell("workers") as bell:
        with transaction.atomic():
            ring_workers()
            assert not bell.wait(0)
        assert bell.wait(1)


@pytest.mark.django_db(transaction=True)
def test_a_transaction_rings_once_however_much_work_it_makes() -> None:
    with Doorbell("workers") as bell:
        with transaction.atomic():
            ring_workers()
            with CaptureQueriesContext(connection) as queries:
                for _ in range(10):
                    ring_workers()
            assert len(queries) == 0
            assert len(connection.run_on_commit) == 1
        assert bell.wait(1)
        assert not bell.wait(0)


@pytest.mark.django_db(transaction=True)
def test_a_savepoint_that_is_rolled_back_takes_only_its_own_ring_with_it() -> None:
    class Undo(Exception):
        pass

    with Doorbell("workers") as bell:
        with transaction.atomic():
            with pytest.raises(Undo), transaction.atomic():
                ring_workers()
                raise Undo
            assert connection.run_on_commit == []
            ring_workers()
        assert bell.wait(1)


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_is_broken_already_is_left_alone() -> None:
    with transaction.atomic():
        transaction.set_rollback(True)
        ring_workers()
