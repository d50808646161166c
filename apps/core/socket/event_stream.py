"""One open stream of server-sent events (html.spec.whatwg.org): a connection that only listens."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import msgspec

from ..channels.bus.base import get_bus
from ..channels.hub import event_frame
from ..channels.publications import Position, Publication
from ..channels.topics import is_filter, matches
from ..exceptions import AccessDenied, BadTopic, NotRegistered
from .connection import Connection
from .event_ids import Positions
from .methods import Answer
from .pipe import Pipe, one_line
from .pool import in_pool
from .protocol import ErrorCode, RpcError
from .subscriptions import Subscribe, subscribe

SHORT_ID = 256
LONG_ID_EVERY = 32
UNREAD_S = 30.0
RETRY_MS = (1_000, 4_000)
"""When browsers come back: not all at once."""


class _Params(msgspec.Struct):
    channel: str = ""
    offset: int = 0
    epoch: str = ""


class _Seen(msgspec.Struct):
    method: str
    params: _Params


_decoder = msgspec.json.Decoder(_Seen)


class EventStream(Connection):
    """Each event is a notification as on the websocket.

    Every event has an id while ids are short; a long one comes with each LONG_ID_EVERY-th event and each
    heartbeat, so that after a break some events come twice.
    """

    kind = "events"

    def __init__(self, scope: dict[str, Any]) -> None:
        super().__init__(scope, self._send_event)
        self._pipe = Pipe()
        self._positions = Positions()
        self._id_length = 0
        self._without_id = 0
        self._to_tell: list[tuple[list[Publication], Answer]] = []
        self._left_out: list[str] = []
        self._gaps: list[str] = []

    async def listen(self, filters: list[str], since: dict[str, Position] | None, *, is_again: bool) -> None:
        """Subscribe to each filter that the caller may hear. Raises RpcError BUSY, BusUnavailable.

        ``is_again``: a stream before this one was broken, after ``since``; None: nobody knows where.
        """
        self._later("unread", UNREAD_S, self.end)
        given = since if is_again else None
        if is_again and since is None:
            self._gaps = list(filters)
        await asyncio.gather(*(self._listen_to(one, given) for one in filters))

    async def blocks(self) -> AsyncGenerator[str, None]:
        """Yield the stream, beginning with ``rpc.ping``; it ends when the connection is closed."""
        if self.is_closed:
            return
        self._timers.pop("unread").cancel()
        try:
            self.open()
            self._spawn(self._begin())
            yield f"retry: {random.randint(*RETRY_MS)}\n\n"
            async with aclosing(self._pipe.texts()) as texts:
                async for text in texts:
                    yield text
        finally:
            self.end()

    async def _listen_to(self, filter_: str, since: dict[str, Position] | None) -> None:
        try:
            answer = await subscribe(self, Subscribe(filter_, _since(filter_, since), retained=False))
        except (AccessDenied, NotRegistered, BadTopic):
            self._left_out.append(filter_)
        except RpcError as error:
            if error.rpc_code != ErrorCode.INVALID_PARAMS or since is None:
                raise
            self._gaps.append(filter_)  # More channels than can be recovered.
            await self._listen_to(filter_, None)
        else:
            self._note(filter_, answer, since)
            if answer.result.get("channels") == {} and await self._has_channels(filter_):
                self._positions.lose()  # More than are told one by one.

    def _note(self, filter_: str, answer: Answer, since: dict[str, Position] | None) -> None:
        publications: list[Publication] = []
        parts = answer.result["channels"] if is_filter(filter_) else {filter_: answer.result}
        for channel, part in parts.items():
            position = Position(part["epoch"], part["offset"])
            if part["recovered"]:
                publications += part["publications"]
                position = (since or {}).get(channel, Position("", 0))
            elif since is not None and (is_filter(filter_) or channel in since):
                self._gaps.append(channel)
            self._positions.start(channel, position)
        self._to_tell.append((publications, answer))

    async def _has_channels(self, filter_: str) -> bool:
        heard = self.subscriptions[filter_].heard
        return bool(await in_pool(lambda: get_bus().channels(heard, limit=1)))

    async def _begin(self) -> None:
        """Tell what the stream before missed, then let through what is published."""
        for filter_ in self._left_out:
            self.notify("rpc.unsubscribed", {"channel": filter_})
        for channel in self._gaps:
            await self.outbox.room()
            self.notify("rpc.lagged", {"channel": channel, "from": None, "to": None})
        for publications, answer in self._to_tell:
            for publication in publications:
                await self.outbox.room()
                self.outbox.event(publication.channel, publication.offset, event_frame(publication))
            answer.afterwards()
        self._to_tell.clear()

    async def _send_event(self, message: dict[str, Any]) -> None:
        block = self._block(message["text"])
        if block is not None:
            await self._pipe.put(block)

    async def _send_close(self, code: int) -> None:
        await self._pipe.put(f'event: close\ndata: {{"code":{int(code)}}}\n\n')
        await self._pipe.end()

    def _block(self, text: str) -> str | None:
        """Return the notification as an event, None when it is told already."""
        seen = _decoder.decode(text)
        if seen.method == "rpc.event":
            place = Position(seen.params.epoch, seen.params.offset)
            if not self._positions.move(seen.params.channel, place):
                return None
        return f"{self._id_line(is_due=seen.method == 'rpc.ping')}data: {one_line(text)}\n\n"

    def _id_line(self, *, is_due: bool) -> str:
        self._without_id += 1
        if self._id_length > SHORT_ID and self._without_id < LONG_ID_EVERY and not is_due:
            return ""
        self._without_id = 0
        text = self._positions.text()
        self._id_length = len(text)
        return f"id: {text}\n"


def _since(filter_: str, since: dict[str, Position] | None) -> dict[str, Any] | None:
    """Return what ``rpc.subscribe`` takes as ``since`` for this filter."""
    if since is None:
        return None
    if not is_filter(filter_):
        return _as_dict(since[filter_]) if filter_ in since else None
    return {channel: _as_dict(one) for channel, one in since.items() if matches(filter_, channel)}


def _as_dict(position: Position) -> dict[str, Any]:
    return {"epoch": position.epoch, "offset": position.offset}
