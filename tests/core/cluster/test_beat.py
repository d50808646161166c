from __future__ import annotations

import os

import pytest
from django.db import connection

import smallweb
from smallweb.core.channels.bus.base import get_bus
from smallweb.core.cluster.beat import Beat, leave
from smallweb.core.cluster.broker import WorkBroker
from smallweb.core.executions.tell import LIVE_CHANNEL
from smallweb.core.models import Cluster
from smallweb.core.processes import PROCESS_TREE
from tests.core.held_database import held_database
from tests.core.rows import NOW, after, make_cluster

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_tree_lists_itself_at_its_first_beat() -> None:
    Beat().beat(NOW)
    own = Cluster.objects.get()
    assert (own.pk, own.name, own.workers) == (PROCESS_TREE, "smallweb-tests", 3)
    assert (own.pid, own.version, own.seen_at) == (os.getpid(), smallweb.__version__, NOW)
    assert own.host


def test_a_beat_is_one_write_in_five_seconds() -> None:
    beat = Beat()
    beat.beat(NOW)
    with connection.execute_wrapper(_refuse):
        for tenth in range(1, 50):
            beat.beat(after(tenth / 10))
    beat.beat(after(5))
    assert Cluster.objects.get().seen_at == after(5)


def _refuse(*arguments: object) -> None:
    raise AssertionError("a query")


def test_a_clock_that_is_set_back_keeps_no_beat_from_being_written() -> None:
    beat = Beat()
    beat.beat(NOW)
    beat.beat(after(-3600))
    assert Cluster.objects.get().seen_at == after(-3600)


def test_a_row_that_was_deleted_comes_back() -> None:
    beat = Beat()
    beat.beat(NOW)
    Cluster.objects.all().delete()
    beat.beat(after(5))
    assert Cluster.objects.get().pk == PROCESS_TREE


def test_a_tree_that_is_started_again_describes_itself_anew() -> None:
    make_cluster(id=PROCESS_TREE, pid=1, workers=9)
    Beat().beat(NOW)
    assert (Cluster.objects.get().pid, Cluster.objects.get().workers) == (os.getpid(), 3)


def test_clusters_gone_for_a_day_are_forgotten() -> None:
    make_cluster(seen_at=after(-86_401))
    lately = make_cluster(seen_at=after(-86_399))
    beat = Beat()
    beat.beat(NOW)
    assert set(Cluster.objects.values_list("pk", flat=True)) == {PROCESS_TREE, lately.pk}
    beat.beat(after(5))
    assert Cluster.objects.count() == 2
    beat.beat(after(3600))
    assert Cluster.objects.count() == 1


def test_a_database_that_is_held_is_tried_again_and_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    beat = Beat()
    with held_database():
        _be_impatient()
        beat.beat(NOW)
        _be_impatient()
        beat.beat(after(5))
    assert caplog.text.count("cannot say that it lives") == 1
    beat.beat(after(10))
    assert Cluster.objects.get().seen_at == after(10)


def _be_impatient() -> None:
    """Wait for the lock for a moment only, until the connection is given up."""
    question = "PRAGMA busy_timeout = 50" if connection.vendor == "sqlite" else "SET lock_timeout = 50"
    with connection.cursor() as cursor:
        cursor.execute(question)


def test_a_tree_that_is_stopped_leaves_the_list() -> None:
    Beat().beat(NOW)
    other = make_cluster()
    leave()
    assert list(Cluster.objects.all()) == [other]


def test_the_admins_list_hears_of_who_comes_and_who_leaves() -> None:
    tail = get_bus().tail()
    beat = Beat()
    beat.beat(NOW)
    beat.beat(after(5))
    leave()
    heard = [publication.channel for publication in tail.read(timeout_s=5)]
    tail.close()
    assert heard == [LIVE_CHANNEL, LIVE_CHANNEL]


def test_the_name_given_to_the_command_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("Q_CLUSTER_NAME", "mail")
    Beat().beat(NOW)
    assert Cluster.objects.get().name == "mail"


def test_leaving_fails_quietly_while_the_database_is_held(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smallweb.core.cluster.beat._LEAVE_WITHIN_S", 0.05)
    Beat().beat(NOW)
    with held_database():
        leave()
    assert "stays in the list" in caplog.text
    assert Cluster.objects.exists()


def test_the_broker_beats_when_it_looks_for_work() -> None:
    broker = WorkBroker(list_key="tests")
    broker.dequeue()
    assert Cluster.objects.get().pk == PROCESS_TREE
    assert broker._bell is not None
    broker._bell.close()
