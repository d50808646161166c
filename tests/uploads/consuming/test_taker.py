"""``q.get()`` where it works."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import timedelta
from itertools import islice
from queue import Empty
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from smallweb.uploads import queue
from smallweb.uploads.consuming.taker import ConsumerStops
from smallweb.uploads.exceptions import CannotGet, QueueEmpty
from smallweb.uploads.models import QueueItem
from tests.uploads.consuming.conftest import Consume

Q = queue("mail")


def _left() -> list[Any]:
    return list(QueueItem.objects.order_by("pk").values_list("value", flat=True))


def test_an_item_is_acknowledged_when_the_next_is_asked_for(consume: Consume) -> None:
    consume()
    Q.put_many([1, 2, 3])
    assert Q.get() == 1
    assert _left() == [1, 2, 3]
    assert list(islice(Q, 2)) == [2, 3]
    assert _left() == [3]
    with pytest.raises(QueueEmpty):
        Q.get(timeout_s=0)
    assert _left() == []


def test_an_empty_queue_is_told_in_time_and_as_the_standard_library_does(consume: Consume) -> None:
    consume()
    begun = time.monotonic()
    with pytest.raises(Empty, match="'mail'"):
        Q.get(timeout_s=0.1)
    assert 0.09 < time.monotonic() - begun < 0.9


@pytest.mark.django_db(transaction=True)
def test_what_is_put_meanwhile_wakes_the_consumer(consume: Consume) -> None:
    consume()
    timer = threading.Timer(0.1, lambda: asyncio.run(Q.aput("late")))
    timer.start()
    begun = time.monotonic()
    assert Q.get(timeout_s=10) == "late"
    assert time.monotonic() - begun < 0.9
    timer.join()


def test_null_is_an_item(consume: Consume) -> None:
    consume()
    Q.put(None)
    assert Q.get() is None
    with pytest.raises(QueueEmpty):
        Q.get(timeout_s=0)
    assert _left() == []


def test_it_takes_from_no_other_queue(consume: Consume) -> None:
    consume()
    with pytest.raises(CannotGet, match="This is the consumer of 'mail'"):
        queue("other").get()


@pytest.mark.django_db(transaction=True)
def test_it_takes_nothing_inside_a_transaction(consume: Consume) -> None:
    consume()
    Q.put(1)
    with pytest.raises(CannotGet, match="inside a transaction"), transaction.atomic():
        Q.get()
    assert Q.get() == 1


def test_it_takes_in_one_thread_only(consume: Consume) -> None:
    consume()
    Q.put_many([1, 2])
    Q.get()
    found: list[BaseException] = []

    def ask() -> None:
        try:
            Q.get()
        except CannotGet as error:
            found.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert "Another thread takes" in str(found[0])


def test_what_the_dead_hold_comes_back_to_it(consume: Consume) -> None:
    consume()
    Q.put(1)
    earlier = timezone.now() - timedelta(seconds=1)
    QueueItem.objects.update(holder="elsewhere-1-ab", leased_until=earlier, attempts=1)
    assert Q.get() == 1
    assert QueueItem.objects.get().attempts == 2


def test_one_that_shall_stop_finishes_its_item_and_begins_no_other(consume: Consume) -> None:
    taker = consume()
    Q.put_many([1, 2])
    Q.get()
    taker.stop()
    for _ in range(2):
        with pytest.raises(ConsumerStops):
            Q.get()
    assert _left() == [2]
    assert QueueItem.objects.get().attempts == 0


def test_what_is_failed_waits_again_and_what_was_not_seen_as_if_nothing_had_been(consume: Consume) -> None:
    taker = consume()
    Q.put(1)
    Q.get()
    taker.fail("no")
    assert QueueItem.objects.get().error == "no"
    assert taker._advance()
    taker.fail("unseen")
    item = QueueItem.objects.get()
    assert (item.holder, item.attempts, item.error) == ("", 1, "no")
    taker.fail("nothing")


def test_an_item_whose_get_was_broken_off_is_given_next(consume: Consume) -> None:
    taker = consume()
    Q.put_many([1, 2])
    assert taker._advance()
    assert Q.get() == 1
    assert Q.get() == 2


@pytest.mark.django_db(transaction=True)
async def test_a_coroutine_takes_waits_and_loses_nothing_by_being_cancelled(consume: Consume) -> None:
    consume()
    await Q.aput(1)
    assert await Q.aget() == 1
    with pytest.raises(QueueEmpty):
        await Q.aget(timeout_s=0.05)
    waiting = asyncio.ensure_future(Q.aget())
    await asyncio.sleep(0)
    await Q.aput(2)
    async with asyncio.timeout(0.9):
        assert await waiting == 2
    await Q.aput(3)
    await Q.aput(4)
    for steps in range(4):
        task = asyncio.ensure_future(Q.aget())
        for _ in range(steps):
            await asyncio.sleep(0)
        if not task.done():
            task.cancel()
            await asyncio.wait([task])
    taken = []
    async with asyncio.timeout(5):
        async for item in Q:
            taken.append(item)
            if item == 4:
                break
    assert taken == [3, 4]
