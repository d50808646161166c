"""The asynchronous client."""

from __future__ import annotations

import asyncio
import logging
import math
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any

import msgspec

from .batch import Batch
from .calls import Call, Calls, Listener
from .exceptions import CallTimedOut, ConnectionLost, SlowConsumer
from .line import Ears, Line
from .positions import Since
from .proxy import RemotePath
from .subscription import Subscription
from .subscriptions import Subscriptions
from .verbs import Verbs
from .wire import Message, Params, messages_of, request_of, request_text, socket_url

logger = logging.getLogger(__name__)

CALL_TIMEOUT_S = 30.0


class Client(Verbs):
    """A line to a site, open in the ``async with`` block; ``connect`` makes it."""

    def __init__(
        self, url: str, *, token: str | None, reconnect: bool, timeout_s: float, max_queue: int
    ) -> None:
        self._timeout_s = timeout_s
        self._max_queue = max_queue
        self._calls = Calls()
        self._subscriptions = Subscriptions(self)
        self._tasks: set[asyncio.Task[None]] = set()
        self._notifications: dict[str, Callable[[dict[str, Any]], None]] = {
            **self._subscriptions.notifications,
            "rpc.ping": lambda params: self._line.beat(float(params["interval_s"])),
            "$/progress": self._calls.progress,
        }
        ears = Ears(opened=self._subscriptions.opened, heard=self._hear, lost=self._lost)
        self._line = Line(socket_url(url), token, ears, reconnect=reconnect)

    @property
    def is_online(self) -> bool:
        """Whether the line is open now."""
        return self._line.is_online

    @property
    def objects(self) -> RemotePath:
        """The site's objects: ``await rpc.objects.sample.add(4, b=5)``, ``await rpc.objects.sample.a``."""
        return RemotePath(self)

    async def open(self) -> None:
        """What ``async with`` does first. Raises ConnectionLost if the site cannot be reached."""
        await self._line.open()

    async def close(self) -> None:
        """What ``async with`` does at the end: calls that run are given up, subscriptions end."""
        await self._line.close()
        self._lost(ConnectionLost("The client is closed."), for_good=True)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def __aenter__(self) -> Client:
        await self.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def subscribe(
        self,
        filter_: str,
        *,
        since: Since | None = None,
        retained: bool = True,
        presence: bool = False,
    ) -> Subscription:
        """Begin to listen to a channel, or to all of a filter; see Subscription.

        ``since`` takes up where an earlier subscription stopped, with ``event.position`` or ``positions``.
        With ``retained`` the last value comes first, with ``presence`` who joins and leaves. Raises
        ConnectionLost when there will be no line any more.
        """
        self._line.require_not_ended()
        subscription = Subscription(
            self._subscriptions,
            filter_,
            since=since,
            retained=retained,
            presence=presence,
            max_queue=self._max_queue,
        )
        self._subscriptions.add(subscription)
        return subscription

    async def stream(self, path: str, /, *args: Any, **kwargs: Any) -> AsyncGenerator[Any, None]:
        """Yield the items of a generator method as they come; leaving the loop cancels the call.

        Raises SlowConsumer when more than ``max_queue`` items wait to be taken.
        """
        method, params = request_of(path, args, kwargs, stream=True)
        items: deque[Any] = deque()
        changed = asyncio.Event()

        def take(item: Any) -> None:
            if len(items) >= self._max_queue:
                running.cancel()
            else:
                items.append(item)
                changed.set()

        asked = self.request(method, params, timeout_s=math.inf, on_item=take)
        running = asyncio.create_task(asked)
        running.add_done_callback(lambda _: changed.set())
        try:
            while items or not running.done():
                if items:
                    yield items.popleft()
                else:
                    changed.clear()
                    await changed.wait()
            if running.cancelled():
                raise SlowConsumer(f"{path}: more than {self._max_queue} items waited to be taken.")
            await running
        finally:
            running.cancel()
            await asyncio.wait([running])

    @asynccontextmanager
    async def batch(self) -> AsyncIterator[Batch]:
        """Collect calls, and send them as one message when the block ends; not if it raises."""
        batch = Batch()
        yield batch
        await self.send_batch(batch)

    async def send_batch(self, batch: Batch) -> None:
        """Send what was collected and wait for all answers. Raises ConnectionLost, CallTimedOut."""
        if not batch.requests:
            return
        texts, calls = [], []
        for method, params, answer in batch.requests:
            call = None if answer is None else self._calls.begin()
            texts.append(request_text(method, params, None if call is None else call.id))
            if call is not None and answer is not None:
                calls.append((call, answer))
        waited = [call for call, _ in calls]
        await self._exchange("batch", f"[{','.join(texts)}]", waited, timeout_s=self._timeout_s)
        for call, answer in calls:
            answer.settle(call.answer.exception() or call.answer.result())

    async def notify(self, path: str, /, *args: Any, **kwargs: Any) -> None:
        """Call a method without waiting for an answer, not even for its error."""
        await self._line.online()
        await self._line.send(request_text(*request_of(path, args, kwargs)))

    def _ask(
        self,
        method: str,
        params: Params,
        *,
        timeout_s: float | None = None,
        progress: Listener | None = None,
    ) -> Any:
        return self.request(method, params, timeout_s=timeout_s, on_progress=progress)

    async def request(
        self,
        method: str,
        params: Params,
        *,
        timeout_s: float | None = None,
        **listeners: Listener | None,
    ) -> Any:
        """Send one request as it is, and return the result. ``timeout_s`` None is the client's limit;
        the listeners are those of Call.
        """
        call = self._calls.begin(**listeners)
        text = request_text(method, params, call.id)
        limit_s = self._timeout_s if timeout_s is None else timeout_s
        await self._exchange(method, text, [call], timeout_s=limit_s)
        return call.answer.result()

    async def _exchange(self, name: str, text: str, calls: list[Call], *, timeout_s: float) -> None:
        """Send a message and wait until its calls are answered; whoever stops waiting cancels them."""
        is_sent = False
        try:
            async with asyncio.timeout(None if timeout_s == math.inf else timeout_s):
                await self._line.online()
                is_sent = True
                await self._line.send(text)
                for call in calls:
                    await asyncio.wait([call.answer])
        except TimeoutError as error:
            raise CallTimedOut(-32012, f"{name}: no answer in {timeout_s:g} s.") from error
        finally:
            for call in calls:
                if self._calls.forget(call) and is_sent and self.is_online:
                    self.spawn(self._cancel(call.id))

    async def _cancel(self, call_id: int) -> None:
        try:
            await self._line.send(request_text("$/cancelRequest", {"id": call_id}))
        except ConnectionLost:
            logger.debug("call=%s was not cancelled: the line is broken", call_id)

    def _hear(self, text: str | bytes) -> None:
        for message in messages_of(text):
            self._take(message)

    def _take(self, message: Message) -> None:
        if isinstance(message.method, msgspec.UnsetType):
            self._calls.settle(message)
            return
        listener = self._notifications.get(message.method)
        if listener is not None:
            listener(message.params)

    def _lost(self, error: ConnectionLost, *, for_good: bool | None = None) -> None:
        self._calls.reject_all(error)
        self._subscriptions.lost(error, for_good=self._line.is_ended if for_good is None else for_good)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run it beside; what it raises is logged by the loop."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def connect(
    url: str,
    *,
    token: str | None = None,
    reconnect: bool = True,
    timeout_s: float = CALL_TIMEOUT_S,
    max_queue: int = 1_000,
) -> Client:
    """Return a client of the site at this address, for ``async with``.

    ``timeout_s`` holds for calls that give none. ``max_queue`` bounds what a subscription or a stream keeps
    for a slow consumer. With ``reconnect`` a broken line is opened again, and subscriptions go on.
    Raises ValueError for what is no address.
    """
    return Client(url, token=token, reconnect=reconnect, timeout_s=timeout_s, max_queue=max_queue)
