"""A connection's bounded queue of outgoing frames, and the task that sends them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from .eager import run_as_far_as_it_goes
from .newest import Newest
from .protocol import notification_text

MAX_LAGGED_CHANNELS = 1_000


class Outbox:
    """Frames in order. Events beyond the bounds are not queued: once the reader has caught up it is
    told, for each channel, which offsets it missed (``rpc.lagged {channel, from, to}``, both included;
    null when unknown).

    Of channels of which only the newest value counts, that is kept beside a full queue, in place of an
    older one, and goes out as soon as there is room.

    Answers are always queued; ``overflow`` is called when they alone grow past twice the bounds, or
    when too many channels lag.
    """

    def __init__(
        self,
        send: Callable[[str], Awaitable[None]],
        *,
        max_frames: int,
        max_bytes: int,
        overflow: Callable[[], None],
        write: Callable[[str], bool] = lambda frame: False,
    ) -> None:
        self._send = send
        self._write = write
        self._max_frames = max_frames
        self._max_bytes = max_bytes
        self._overflow = overflow
        self._frames: deque[str] = deque()
        self._bytes = 0
        self._lagged: dict[str, tuple[int | None, int | None]] = {}
        self._newest = Newest(max_channels=max_frames, max_bytes=max_bytes)
        self._sender: asyncio.Task[None] | None = None
        self._waiting: list[asyncio.Future[None]] = []
        self._is_sending = False
        self._closed = False
        self.missed = 0
        """How many publications the reader was too slow for."""

    @property
    def waiting(self) -> int:
        """How many frames wait for the reader."""
        return len(self._frames)

    def answer(self, frame: str) -> None:
        """Queue a frame that must not be lost."""
        if len(self._frames) >= 2 * self._max_frames or self._bytes >= 2 * self._max_bytes:
            self._overflow()
        else:
            self._queue(frame)

    def offer(self, frame: str) -> None:
        """Queue a frame if there is room for it."""
        if not self._is_full(len(frame)):
            self._queue(frame)

    def event(self, channel: str, offset: int | None, frame: str) -> None:
        """Queue a publication, or note that its reader missed it."""
        if self._lagged or self._is_full(len(frame)):
            self.missed += 1
            self.lag(channel, offset, offset)
        else:
            self._queue(frame)

    def latest(self, channel: str, offset: int, frame: str) -> None:
        """Queue a publication that makes the channel's older ones worthless."""
        if channel not in self._newest.frames and not self._is_full(len(frame)):
            self._queue(frame)
        elif not self._newest.put(channel, frame):
            self.lag(channel, offset, offset)

    def lag(self, channel: str, first: int | None, last: int | None) -> None:
        """Note that the reader missed these offsets of a channel."""
        if channel in self._lagged:
            known = self._lagged[channel][0]
            first = None if known is None or first is None else min(known, first)
        self._lagged[channel] = (first, last)
        if len(self._lagged) > MAX_LAGGED_CHANNELS:
            self._overflow()
        self._wake()

    async def room(self) -> None:
        """Return when at most half of the queue is used. Raises ConnectionError once it is closed."""
        while not self._has_room():
            future = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            await future
        if self._closed:
            raise ConnectionError("The reader is gone.")

    def close(self) -> None:
        """Drop what is queued and stop sending."""
        self._closed = True
        self._frames.clear()
        self._lagged.clear()
        self._newest.clear()
        self._bytes = 0
        self._let_in()
        if self._sender is not None:
            self._sender.cancel()

    def _is_full(self, size: int) -> bool:
        # An empty queue takes any one frame, so that a large publication is late, not impossible.
        return bool(self._frames) and (
            len(self._frames) >= self._max_frames or self._bytes + size > self._max_bytes
        )

    def _queue(self, frame: str) -> None:
        if not self._is_sending and not self._closed and self._write(frame):
            return
        self._frames.append(frame)
        self._bytes += len(frame)
        self._wake()

    def _wake(self) -> None:
        if self._is_sending or self._closed:
            return
        self._is_sending = True
        rest = run_as_far_as_it_goes(self._drain())
        if rest is not None:
            self._sender = asyncio.get_running_loop().create_task(rest)

    async def _drain(self) -> None:
        try:
            newest = self._newest.frames
            while self._frames or newest or self._lagged:
                if newest and not self._is_full(self._newest.next_size()):
                    self._queue(self._newest.pop())
                if not self._frames:
                    self._queue_lagged()
                frame = self._frames.popleft()
                self._bytes -= len(frame)
                await self._send(frame)
                if self._waiting and self._has_room():
                    self._let_in()
        finally:
            self._is_sending = False
            self._sender = None

    def _has_room(self) -> bool:
        return len(self._frames) * 2 <= self._max_frames and self._bytes * 2 <= self._max_bytes

    def _let_in(self) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def _queue_lagged(self) -> None:
        for channel, (first, last) in self._lagged.items():
            self._queue(notification_text("rpc.lagged", {"channel": channel, "from": first, "to": last}))
        self._lagged.clear()
