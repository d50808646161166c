"""What a queue takes, and when it is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from smallweb.core.doorbell import Doorbell
from smallweb.core.exceptions import BadArguments
from smallweb.uploads import queue
from smallweb.uploads.exceptions import CannotGet, CannotUpload
from smallweb.uploads.models import QueueItem
from smallweb.uploads.queues import MAX_ITEM_BYTES
from smallweb.uploads.services.ring_consumers import _Ring, bell_of

pytestmark = pytest.mark.django_db

Q = queue("mail")


def _values() -> list[Any]:
    return list(QueueItem.objects.order_by("pk").values_list("value", flat=True))


@pytest.mark.parametrize("name", ["", "a b", "../a", "a/b", "1a", "ä", "a" * 101, None, "a.b", "a\n"])
def test_what_is_no_name_is_refused(name: Any) -> None:
    with pytest.raises(CannotUpload, match="The queue is called"):
        queue(name)


def test_queues_of_one_name_are_the_same() -> None:
    assert queue("a-1") == queue("a-1") != queue("b")


def test_any_json_is_kept_in_the_order_in_which_it_was_put() -> None:
    values: list[Any] = [None, True, 0, 2**70, 1.5, "", "ä☃", [], {}, {"a": [1, {"b": None}]}, False]
    for value in values:
        Q.put(value)
    assert _values() == values
    assert len(Q) == Q.waiting() == len(values)
    assert len(queue("other")) == 0


def test_an_empty_queue_is_true() -> None:
    assert bool(queue("empty"))


@pytest.mark.parametrize(
    "value",
    [object(), {"a": {1, object()}}, float("nan"), float("inf"), lambda: 1, 1j],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_json_is_refused(value: Any) -> None:
    with pytest.raises(BadArguments, match="put into 'mail' is no JSON"):
        Q.put(value)
    assert not _values()


def test_what_holds_itself_or_is_nested_too_deep_is_refused() -> None:
    own: list[Any] = []
    own.append(own)
    deep: Any = 1
    for _ in range(200):
        deep = [deep]
    for value in (own, deep):
        with pytest.raises(BadArguments, match="is no JSON"):
            Q.put(value)


def test_an_item_has_up_to_a_mebibyte() -> None:
    Q.put("ü" * ((MAX_ITEM_BYTES - 2) // 2))
    with pytest.raises(BadArguments, match=f"has {MAX_ITEM_BYTES + 1} bytes"):
        Q.put("x" * (MAX_ITEM_BYTES - 1))
    assert len(Q) == 1


def test_characters_that_no_database_keeps_are_replaced() -> None:
    Q.put({"a\0": "b\0c", "half": "\ud800"})
    assert _values() == [{"a\N{REPLACEMENT CHARACTER}": "b\N{REPLACEMENT CHARACTER}c", "half": "\ufffd"}]


def test_many_are_put_all_or_none() -> None:
    Q.put_many(range(1200))
    assert _values() == list(range(1200))
    with pytest.raises(BadArguments):
        Q.put_many([1, object()])
    Q.put_many([])
    assert len(Q) == 1200


def test_a_transaction_that_is_rolled_back_leaves_nothing() -> None:
    with pytest.raises(KeyError), transaction.atomic():
        Q.put(1)
        raise KeyError
    assert not _values()


def test_consumers_are_woken_once_when_the_transaction_commits(
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    with Doorbell(bell_of("mail")) as bell, Doorbell(bell_of("other")) as other:
        with django_capture_on_commit_callbacks(execute=True) as hooks:
            for number in range(3):
                Q.put(number)
            assert not bell.clear()
        assert hooks.count(_Ring("mail")) == 1
        assert bell.wait(5)
        assert not other.clear()


def test_nothing_is_taken_outside_of_a_consumer() -> None:
    Q.put(1)
    with pytest.raises(CannotGet, match='@consumer\\("mail"\\)'):
        Q.get()
    with pytest.raises(CannotGet):
        next(iter(Q))
    assert len(Q) == 1


async def test_nothing_is_taken_by_a_coroutine_outside_of_a_consumer() -> None:
    with pytest.raises(CannotGet):
        await Q.aget()
    with pytest.raises(CannotGet):
        async for _ in Q:
            pass


@pytest.mark.django_db(transaction=True)
async def test_a_coroutine_puts() -> None:
    await Q.aput({"a": 1})
    assert await QueueItem.objects.acount() == 1
