"""One open socket: what it asked, what it hears, how much of both it may."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from ..conf import core_settings
from ..exceptions import NotRegistered
from .errors import as_rpc_error
from .methods import Answer, socket_methods
from .outbox import Outbox
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
    result_text,
)
from .rate import TokenBucket
from .rights import Rights

if TYPE_CHECKING:
    from .subscriptions import Subscription

logger = logging.getLogger(__name__)

SESSION_CHECK_S = 50.0
MAX_BAD_FRAMES = 3

Send = Callable[[dict[str, Any]], Awaitable[None]]
Served = tuple[str | None, Callable[[], None] | None]


class Connection:
    """Serves the frames of one socket. A batch runs in order in one task, other calls each in their own."""

    def __init__(self, scope: dict[str, Any], send: Send) -> None:
        limits = core_settings()
        self.limits = limits
        self.rights = Rights(scope)
        self.subscriptions: dict[str, Subscription] = {}
        self.is_closed = False
        self.outbox = Outbox(
            self._send_text,
            max_frames=limits.socket_max_queued_messages,
            max_bytes=limits.socket_max_queued_bytes,
            overflow=lambda: self.close(CloseCode.SLOW_READER),
        )
        self._send = send
        self._tasks: set[asyncio.Task[None]] = set()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._in_flight = 0
        self._bad_frames = 0
        self._refused = 0
        self._bucket = TokenBucket(
            rate=limits.socket_messages_per_s, burst=limits.socket_burst, now=time.monotonic()
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
            self._serve(Frame([Fault(error)]))
            return
        data = text.encode("utf-8", "surrogatepass")
        if len(data) > self.limits.socket_max_message_bytes:
            self.close(CloseCode.MESSAGE_TOO_BIG)
        else:
            self._serve(parse(data))

    def close(self, code: CloseCode) -> None:
        """Close the socket; what is queued is dropped."""
        if not self.is_closed:
            self.end()
            self._spawn(self._send_close(code))

    def end(self) -> None:
        """Let go of everything; harmless when repeated."""
        self.is_closed = True
        for timer in self._timers.values():
            timer.cancel()
        for task in self._tasks:
            task.cancel()
        for subscription in list(self.subscriptions.values()):
            subscription.end()
        self.outbox.close()

    async def check_session(self) -> None:
        """Close the socket of a user who logged out or was disabled; drop what they may no longer hear."""
        if not await self.rights.refresh():
            self.close(CloseCode.SESSION_ENDED)
            return
        for subscription in list(self.subscriptions.values()):
            if not subscription.is_allowed():
                subscription.end()
                self.notify("rpc.unsubscribed", {"channel": subscription.filter})

    def notify(self, method: str, params: Any) -> None:
        """Send a notification that must not be lost."""
        self.outbox.answer(notification_text(method, params))

    def _serve(self, frame: Frame) -> None:
        if self._is_bad(frame):
            return
        refusal = self._refusal(len(frame.entries))
        if refusal is not None:
            self._answer_all(frame, refusal)
            return
        self._in_flight += 1
        self._spawn(self._run(frame))

    def _is_bad(self, frame: Frame) -> bool:
        """Answer a message that holds no request at all; too many of them in a row end the socket."""
        if not all(isinstance(entry, Fault) for entry in frame.entries):
            self._bad_frames = 0
            return False
        self._answer_all(frame, None)
        self._bad_frames += 1
        if self._bad_frames > MAX_BAD_FRAMES:
            self.close(CloseCode.BAD_FRAMES)
        return True

    def _refusal(self, count: int) -> RpcError | None:
        if not self._bucket.take(count, now=time.monotonic()):
            self._refused += count
            if self._refused > self.limits.socket_burst:
                self.close(CloseCode.TOO_MANY)
            rate = self.limits.socket_messages_per_s
            return RpcError(ErrorCode.BUSY, f"Too many requests; {rate:g} a second are served.")
        self._refused = 0
        if self._in_flight >= self.limits.socket_max_in_flight:
            return RpcError(ErrorCode.BUSY, f"{self._in_flight} calls are running; wait for one to end.")
        return None

    def _answer_all(self, frame: Frame, refusal: RpcError | None) -> None:
        answers = []
        for entry in frame.entries:
            if isinstance(entry, Fault):
                answers.append(error_text(UNSET, entry.error))
            elif refusal is not None and not entry.is_notification:
                answers.append(error_text(entry.id, refusal))
        self._send_answers(frame, answers)

    def _send_answers(self, frame: Frame, answers: list[str]) -> None:
        if answers and not self.is_closed:
            self.outbox.answer(batch_text(answers) if frame.is_batch else answers[0])

    async def _run(self, frame: Frame) -> None:
        try:
            served = [await self._run_one(entry) for entry in frame.entries]
        finally:
            self._in_flight -= 1
        self._send_answers(frame, [text for text, _ in served if text is not None])
        for _, afterwards in served:
            if afterwards is not None and not self.is_closed:
                afterwards()

    async def _run_one(self, entry: Request | Fault) -> Served:
        if isinstance(entry, Fault):
            return error_text(UNSET, entry.error), None
        try:
            result = await self._call(entry)
            afterwards = result.afterwards if isinstance(result, Answer) else None
            value = result.result if isinstance(result, Answer) else result
            return self._result_text(entry, value), afterwards
        except Exception as error:
            answer = as_rpc_error(error, method=entry.method)
            return None if entry.is_notification else error_text(entry.id, answer), None

    async def _call(self, request: Request) -> Any:
        try:
            method = socket_methods.get(request.method)
        except NotRegistered as error:
            text = f"There is no method {request.method[:100]!r}."
            raise RpcError(ErrorCode.METHOD_NOT_FOUND, text) from error
        return await method.call(self, request.params)

    @staticmethod
    def _result_text(request: Request, value: Any) -> str | None:
        if isinstance(request.id, type(UNSET)):
            return None
        return result_text(request.id, value)

    async def _send_text(self, text: str) -> None:
        await self._send({"type": "websocket.send", "text": text})

    async def _send_close(self, code: CloseCode) -> None:
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
