"""One open socket: what it asked, what it hears, how much of both it may."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from .calls import Afterwards
from .outbox import Outbox
from .peer import Peer
from .protocol import (
    CloseCode,
    ErrorCode,
    Fault,
    Frame,
    Request,
    RpcError,
    batch_text,
    error_text,
    notification_text,
    parse,
    parse_request,
)
from .rate import TokenBucket
from .rights import Rights

if TYPE_CHECKING:
    from .subscription import Subscription

logger = logging.getLogger(__name__)

SESSION_CHECK_S = 50.0
MAX_BAD_FRAMES = 3

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Connection(Peer):
    """Serves the frames of one socket. ``id`` names it to operators and in presence lists."""

    def __init__(self, scope: dict[str, Any], send: Send) -> None:
        super().__init__(Rights(scope))
        self.id = secrets.token_hex(6)
        self.subscriptions: dict[str, Subscription] = {}
        self.outbox = Outbox(
            self._send_text,
            max_frames=self.limits.socket_max_queued_messages,
            max_bytes=self.limits.socket_max_queued_bytes,
            overflow=lambda: self.close(CloseCode.SLOW_READER),
        )
        self._send = send
        self._tasks: set[asyncio.Task[None]] = set()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._bad_frames = 0
        self._refused = 0
        self._bucket = TokenBucket(
            rate=self.limits.socket_messages_per_s, burst=self.limits.socket_burst, now=time.monotonic()
        )

    def open(self) -> None:
        """Begin the heartbeat and the watch over the user's session."""
        self._beat()
        if self.rights.user_id is not None:
            self._later("session", SESSION_CHECK_S, self._check_session)

    def receive(self, text: str | None) -> None:
        """Take one message; None stands for a binary one. Never raises for what a client sends."""
        if self.is_closed:
            return
        if text is None:
            error = RpcError(ErrorCode.PARSE_ERROR, "Binary messages are not taken; send JSON as text.")
            self._take(Frame([Fault(error)]))
            return
        data = text.encode("utf-8", "surrogatepass")
        if len(data) > self.limits.socket_max_message_bytes:
            self.close(CloseCode.MESSAGE_TOO_BIG)
            return
        request = parse_request(data)
        if request is None:
            self._take(parse(data))
        else:
            self._bad_frames = 0
            self._serve_one(request)

    def close(self, code: int) -> None:
        """Close the socket; what is queued is dropped."""
        if not self.is_closed:
            self.end()
            self._spawn(self._send_close(code))

    def end(self) -> None:
        """Let go of everything; harmless when repeated."""
        super().end()
        for timer in self._timers.values():
            timer.cancel()
        for task in self._tasks:
            task.cancel()
        for subscription in list(self.subscriptions.values()):
            subscription.end()
        self.outbox.close()

    async def check_session(self) -> None:
        """Close the socket of a user who logged out or was disabled; drop what they may no longer hear."""
        rules = {rule for subscription in self.subscriptions.values() for rule in subscription.rules()}
        if not await self.rights.refresh(*rules):
            self.close(CloseCode.SESSION_ENDED)
            return
        for subscription in list(self.subscriptions.values()):
            if not subscription.is_allowed():
                subscription.end()
                self.notify("rpc.unsubscribed", {"channel": subscription.filter})

    def notify(self, method: str, params: Any) -> None:
        """Send a notification that must not be lost."""
        self.outbox.answer(notification_text(method, params))

    can_stream = True

    def tell(self, text: str) -> None:
        self.outbox.offer(text)

    async def stream(self, text: str) -> None:
        await self.outbox.room()
        self.outbox.answer(text)

    def _serve_one(self, request: Request) -> None:
        """Do what ``_take`` does, for what nearly all messages hold."""
        now = time.monotonic()
        refusal = self._refusal(1, now=now)
        if refusal is None:
            self.begin(request, self._reply, now=now)
        else:
            self._refuse(Frame([request]), refusal)

    def _take(self, frame: Frame) -> None:
        if self._is_bad(frame):
            return
        refusal = self._refusal(len(frame.entries), now=time.monotonic())
        if refusal is None:
            self.serve(frame, self._reply)
        else:
            self._refuse(frame, refusal)

    def _is_bad(self, frame: Frame) -> bool:
        """Answer a message that holds no request at all; too many of them in a row end the socket."""
        if any(isinstance(entry, Request) for entry in frame.entries):
            self._bad_frames = 0
            return False
        self._refuse(frame, None)
        self._bad_frames += 1
        if self._bad_frames > MAX_BAD_FRAMES:
            self.close(CloseCode.BAD_FRAMES)
        return True

    def _refusal(self, count: int, *, now: float) -> RpcError | None:
        if not self._bucket.take(count, now=now):
            self._refused += count
            if self._refused > self.limits.socket_burst:
                self.close(CloseCode.TOO_MANY)
            rate = self.limits.socket_messages_per_s
            return RpcError(ErrorCode.BUSY, f"Too many requests; {rate:g} a second are served.")
        self._refused = 0
        if len(self.calls) >= self.limits.socket_max_in_flight:
            return RpcError(ErrorCode.BUSY, f"{len(self.calls)} calls are running; wait for one to end.")
        return None

    def _refuse(self, frame: Frame, refusal: RpcError | None) -> None:
        answers = []
        for entry in frame.entries:
            if isinstance(entry, Fault):
                answers.append(error_text(UNSET, entry.error))
            elif refusal is not None and not entry.is_notification:
                answers.append(error_text(entry.id, refusal))
        if answers:
            self._reply(batch_text(answers) if frame.is_batch else answers[0], None)

    def _reply(self, text: str | None, afterwards: Afterwards | None) -> None:
        if self.is_closed:
            return
        if text is not None:
            self.outbox.answer(text)
        if afterwards is not None:
            afterwards()

    async def _send_text(self, text: str) -> None:
        await self._send({"type": "websocket.send", "text": text})

    async def _send_close(self, code: int) -> None:
        await self._send({"type": "websocket.close", "code": int(code)})

    def _beat(self) -> None:
        interval_s = self.limits.socket_ping_interval_s
        self.notify("rpc.ping", {"interval_s": interval_s})
        self._later("beat", interval_s, self._beat)

    def _check_session(self) -> None:
        self._spawn(self.check_session())
        self._later("session", SESSION_CHECK_S, self._check_session)

    def _later(self, name: str, delay_s: float, call: Callable[[], None]) -> None:
        if not self.is_closed:
            self._timers[name] = asyncio.get_running_loop().call_later(delay_s, call)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("user=%s work for a socket failed", self.rights.user_id, exc_info=task.exception())
