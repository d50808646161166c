"""How often the function is called, and how its process ends."""

from __future__ import annotations

import asyncio
import os

import pytest

from smallweb.uploads import queue
from smallweb.uploads.consuming.run import _call_once
from smallweb.uploads.models import QueueItem
from smallweb.uploads.queues import Queue
from tests.uploads.consuming.conftest import Consume

Q = queue("mail")


def test_one_that_returns_has_done_its_item_and_is_called_again(consume: Consume) -> None:
    taker = consume(lambda q: q.get())
    Q.put_many([1, 2])
    assert _call_once(taker) is None
    assert QueueItem.objects.get().value == 2


def test_one_that_asks_for_nothing_ends_with_a_reason(
    consume: Consume, caplog: pytest.LogCaptureFixture
) -> None:
    assert _call_once(consume(lambda q: None)) == os.EX_SOFTWARE
    assert "consumer=mail returned without asking for an item" in caplog.text


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), KeyboardInterrupt()])
def test_one_that_raises_gives_its_item_back(
    error: BaseException, consume: Consume, caplog: pytest.LogCaptureFixture
) -> None:
    def work(q: Queue) -> None:
        for _ in q:
            raise error

    taker = consume(work, max_attempts=2)
    Q.put_many([1, 2])
    assert _call_once(taker) == os.EX_SOFTWARE
    item = QueueItem.objects.get(value=1)
    assert (item.holder, item.attempts) == ("", 1)
    assert item.error == f"{type(error).__name__}: {error}"
    assert f"item={item.pk} raised" in caplog.text
    assert _call_once(taker) == os.EX_SOFTWARE
    item.refresh_from_db()
    assert item.has_failed
    assert QueueItem.objects.get(value=2).attempts == 0


def test_one_that_is_stopped_ends_well(consume: Consume) -> None:
    def work(q: Queue) -> None:
        for _ in q:
            taker.stop()

    taker = consume(work)
    Q.put_many([1, 2])
    assert _call_once(taker) == 0
    assert QueueItem.objects.get().value == 2


def test_one_that_returns_when_it_is_stopped_ends_well(consume: Consume) -> None:
    def work(q: Queue) -> None:
        q.get()
        taker.stop()

    taker = consume(work)
    Q.put(1)
    assert _call_once(taker) == 0
    assert not QueueItem.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_coroutine_is_stopped_also_in_a_group_of_tasks(consume: Consume) -> None:
    async def work(q: Queue) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(read(q))

    async def read(q: Queue) -> None:
        async for _ in q:
            taker.stop()

    taker = consume(work)
    Q.put_many([1, 2])
    assert _call_once(taker) == 0
    assert QueueItem.objects.get().value == 2
