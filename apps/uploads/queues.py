"""Durable queues: what handlers put in, one consumer takes out, each item at least once."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async

from ..core.exceptions import BadArguments
from ..core.executions.plain import as_json
from .exceptions import CannotUpload

MAX_ITEM_BYTES = 2**20
MAX_NAME = 100


@dataclass(frozen=True)
class Queue:
    """Items wait in rows, in the order in which they were put; two queues of one name are the same.

    Only the consumer of the queue may ``get``. An item is acknowledged when its consumer asks for the
    next one or returns; until then it comes back when the consumer raises or dies.
    """

    name: str

    def put(self, value: Any) -> None:
        """Add any JSON of up to 1 MiB; it is there when the transaction around it commits.

        NUL and half surrogate pairs in texts become U+FFFD. Raises BadArguments.
        """
        self.put_many([value])

    def put_many(self, values: Iterable[Any]) -> None:
        """Add all of them, or none. Raises BadArguments."""
        from .services.put_items import put_items

        put_items(self.name, [_plain(self.name, value) for value in values])

    async def aput(self, value: Any) -> None:
        await sync_to_async(self.put)(value)

    def get(self, timeout_s: float | None = None) -> Any:
        """Acknowledge the item before and wait for the next one.

        Raises QueueEmpty when none has come after ``timeout_s`` seconds, CannotGet outside of the consumer.
        """
        from .consuming.taker import taker_of

        return taker_of(self.name).get(timeout_s)

    async def aget(self, timeout_s: float | None = None) -> Any:
        """Be ``get`` for consumers that are coroutines."""
        from .consuming.taker import taker_of

        return await taker_of(self.name).aget(timeout_s)

    def waiting(self) -> int:
        """Return how many items no consumer has begun; failed ones do not wait."""
        from .models import QueueItem

        return QueueItem.objects.filter(queue=self.name).waiting().count()

    def __len__(self) -> int:
        return self.waiting()

    def __bool__(self) -> bool:
        return True  # an empty queue is a queue, too

    def __iter__(self) -> Iterator[Any]:
        while True:
            yield self.get()

    async def __aiter__(self) -> AsyncIterator[Any]:
        while True:
            yield await self.aget()


def queue(name: str) -> Queue:
    """Return the queue of this name. Raises CannotUpload for what is no name."""
    if not _is_name(name):
        raise CannotUpload(
            f"The queue is called {name!r:.120}; a name has up to {MAX_NAME} letters a to z, digits, _ and "
            "-, and does not begin with a digit."
        )
    return Queue(name)


def _is_name(name: object) -> bool:
    if not isinstance(name, str) or len(name) > MAX_NAME or not name.isascii():
        return False
    return name.replace("-", "_").isidentifier()


def _plain(name: str, value: Any) -> Any:
    try:
        plain = json.loads(as_json(value, mend_texts=True))
    except (TypeError, ValueError) as error:
        raise BadArguments(f"What was put into {name!r} is no JSON: {error}.") from error
    size_bytes = len(json.dumps(plain, ensure_ascii=False).encode())
    if size_bytes > MAX_ITEM_BYTES:
        raise BadArguments(
            f"What was put into {name!r} has {size_bytes} bytes; an item has up to {MAX_ITEM_BYTES}. Keep a "
            "file, and put what names it."
        )
    return plain
