"""The synchronous client: the asynchronous one, run by a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, TypeVar

from .batch import Batch
from .client import CALL_TIMEOUT_S, Client
from .events import Item, Position
from .exceptions import ConnectionLost
from .positions import Since
from .proxy import RemoteObject
from .subscription import Subscription
from .verbs import Verbs
from .wire import Params

T = TypeVar("T")


class LoopThread:
    """An event loop in a thread, until it is closed."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._door = threading.Lock()  # who comes in before it is closed is answered
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="smallweb-rpc", daemon=True)
        self._thread.start()

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Run the coroutine and return its result; what interrupts the wait (Ctrl-C) cancels it."""
        with self._door:
            if self._is_closed or self._thread is threading.current_thread():
                work.close()
                raise ConnectionLost("The client is closed, or waits for itself in a progress listener.")
            future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def close(self) -> None:
        """End loop and thread; harmless when repeated."""
        with self._door:
            if self._is_closed:
                return
            self._is_closed = True
            self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        try:
            self._loop.run_forever()
        finally:
            left = asyncio.all_tasks(self._loop)
            for task in left:
                task.cancel()
            if left:
                self._loop.run_until_complete(asyncio.wait(left))
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()


class SyncSubscription:
    """A Subscription whose items are waited for by ``for``, or one by one by ``next``."""

    def __init__(self, thread: LoopThread, subscription: Subscription) -> None:
        self._thread = thread
        self._subscription = subscription

    @property
    def positions(self) -> dict[str, Position]:
        """Up to where each channel was yielded."""
        return self._subscription.positions

    def next(self, *, timeout_s: float | None = None) -> Item:
        """Return the next item. Raises TimeoutError if none comes in time, StopIteration after ``close``."""
        try:
            return self._thread.wait(_within(self._subscription, timeout_s))
        except StopAsyncIteration as end:
            raise StopIteration from end

    def close(self) -> None:
        """End it; harmless when repeated."""
        self._thread.wait(self._subscription.close())

    def __enter__(self) -> SyncSubscription:
        self._thread.wait(self._subscription.agreed())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __iter__(self) -> SyncSubscription:
        return self

    def __next__(self) -> Item:
        return self.next()


class SyncClient(Verbs):
    """A line to a site, open in the ``with`` block; ``connect_sync`` makes it. Any thread may use it."""

    def __init__(self, make: Callable[[], Client]) -> None:
        self._make = make

    def open(self) -> None:
        """What ``with`` does first. Raises ConnectionLost if the site cannot be reached."""
        self._client = self._make()
        self._thread = LoopThread()
        try:
            self._thread.wait(self._client.open())
        except BaseException:
            self._thread.close()
            raise

    def close(self) -> None:
        """What ``with`` does at the end; harmless when repeated."""
        try:
            self._thread.wait(self._client.close())
        except ConnectionLost:
            pass
        finally:
            self._thread.close()

    def __enter__(self) -> SyncClient:
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def is_online(self) -> bool:
        """Whether the line is open now."""
        return self._client.is_online

    @property
    def objects(self) -> RemoteObject:
        """The site's objects as described now: ``sample = rpc.objects.sample``, then ``sample.a = 2``."""
        return RemoteObject(self, "", {"members": self.describe()["objects"]})

    def subscribe(
        self,
        filter_: str,
        *,
        since: Since | None = None,
        retained: bool = True,
        presence: bool = False,
    ) -> SyncSubscription:
        """Begin to listen; as Client.subscribe."""

        async def begin() -> Subscription:
            return self._client.subscribe(filter_, since=since, retained=retained, presence=presence)

        return SyncSubscription(self._thread, self._thread.wait(begin()))

    def stream(self, path: str, /, *args: Any, **kwargs: Any) -> Iterator[Any]:
        """Yield the items of a generator method as they come; as Client.stream."""
        items = Items(self._client.stream(path, *args, **kwargs))
        try:
            while True:
                try:
                    yield self._thread.wait(items.next())
                except StopAsyncIteration:
                    return
        finally:
            self._thread.wait(items.close())

    @contextmanager
    def batch(self) -> Iterator[Batch]:
        """Collect calls, and send them as one message when the block ends; as Client.batch."""
        batch = Batch()
        yield batch
        self._thread.wait(self._client.send_batch(batch))

    def notify(self, path: str, /, *args: Any, **kwargs: Any) -> None:
        """Call a method without waiting for an answer, not even for its error."""
        self._thread.wait(self._client.notify(path, *args, **kwargs))

    def _ask(
        self,
        method: str,
        params: Params,
        *,
        timeout_s: float | None = None,
        progress: Callable[[Any], None] | None = None,
    ) -> Any:
        return self._thread.wait(
            self._client.request(method, params, timeout_s=timeout_s, on_progress=progress)
        )


class Items:
    """A stream; one that is interrupted (Ctrl-C) is closed only when the interrupted wait has ended."""

    def __init__(self, items: AsyncGenerator[Any, None]) -> None:
        self._items = items
        self._turn = asyncio.Lock()

    async def next(self) -> Any:
        async with self._turn:
            return await anext(self._items)

    async def close(self) -> None:
        async with self._turn:
            await self._items.aclose()


async def _within(subscription: Subscription, timeout_s: float | None) -> Item:
    async with asyncio.timeout(timeout_s):
        return await anext(subscription)


def connect_sync(
    url: str,
    *,
    token: str | None = None,
    reconnect: bool = True,
    timeout_s: float = CALL_TIMEOUT_S,
    max_queue: int = 1_000,
) -> SyncClient:
    """Return a client of the site at this address, for ``with``; as ``connect``."""
    return SyncClient(
        lambda: Client(url, token=token, reconnect=reconnect, timeout_s=timeout_s, max_queue=max_queue)
    )
