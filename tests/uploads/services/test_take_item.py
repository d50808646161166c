"""One item for one consumer, the oldest first."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from smallweb.uploads import queue
from smallweb.uploads.models import QueueItem
from smallweb.uploads.services.take_item import LEASE_S, Held, acknowledge, extend_lease, take_item, undo_take

pytestmark = pytest.mark.django_db


def _take(holder: str = "a", done: Held | None = None) -> Held | None:
    return take_item("mail", holder=holder, now=timezone.now(), done=done)


def _must(holder: str = "a", done: Held | None = None) -> Held:
    held = _take(holder, done)
    assert held is not None
    return held


def test_the_oldest_that_waits_is_taken() -> None:
    queue("other").put("x")
    queue("mail").put_many("abc")
    QueueItem.objects.filter(value="a").update(has_failed=True)
    assert [_must().value, _must("b").value] == ["b", "c"]
    assert _take("c") is None
    held = QueueItem.objects.get(value="b")
    assert (held.holder, held.attempts) == ("a", 1)
    assert held.leased_until is not None
    assert held.leased_until - timezone.now() > timedelta(seconds=LEASE_S - 5)


def test_the_item_before_is_acknowledged_with_the_next_one() -> None:
    queue("mail").put_many([1, 2])
    first = _must()
    second = _must(done=first)
    assert (first.value, second.value) == (1, 2)
    assert _take(done=second) is None
    assert not QueueItem.objects.exists()


def test_to_look_into_an_empty_queue_writes_nothing(django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert _take() is None


def test_a_commit_of_which_nobody_heard_is_found_again() -> None:
    queue("mail").put_many([1, 2, 3])
    first = _must()
    unheard = _must(done=first)
    again = _must(done=first)
    assert (again.pk, again.attempt) == (unheard.pk, 2)


def test_whoever_has_lost_an_item_acknowledges_and_renews_nothing(caplog: pytest.LogCaptureFixture) -> None:
    queue("mail").put(1)
    lost = _must("a")
    QueueItem.objects.update(holder="")
    newer = _must("b")
    assert not acknowledge(lost)
    assert not extend_lease(lost, now=timezone.now())
    assert not undo_take(lost)
    assert "was no longer held" in caplog.text
    assert extend_lease(newer, now=timezone.now())
    assert acknowledge(newer)


def test_the_same_consumer_has_another_right_after_it_took_it_anew() -> None:
    queue("mail").put(1)
    lost = _must("a")
    QueueItem.objects.update(holder="")
    assert _must("a").attempt == 2
    assert not acknowledge(lost)


def test_what_nobody_has_begun_waits_as_before() -> None:
    queue("mail").put(1)
    assert undo_take(_must())
    item = QueueItem.objects.get()
    assert (item.holder, item.leased_until, item.attempts) == ("", None, 0)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_take_each_item_once() -> None:
    queue("mail").put_many(range(60))
    taken: list[int] = []

    def work(holder: str) -> None:
        held = _take(holder)
        while held is not None:
            taken.append(held.value)
            held = _take(holder, held)
        connection.close()

    threads = [threading.Thread(target=work, args=(f"h{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(taken) == list(range(60))
    assert not QueueItem.objects.exists()
