"""One open socket: what it asked, what it hears, how much of both it may."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from ..services.tokens import use_token
from .batches import refusal_text
from .calls import Afterwards
from .clients import Place, client_of, may_ask
from .line import Line, Send
from .open_connections import get_board
from .outbox import Outbox
from .peer import Peer
from .pool import in_pool
from .protocol import (
    CloseCode,
    ErrorCode,
    Fault,
    Frame,
    Request,
    RpcError,
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


class Connection(Peer):
    """Serves the frames of one socket. ``id`` names it to operators and in presence lists."""

    kind = "websocket"

    def __init__(self, scope: dict[str, Any], send: Send) -> None:
        super().__init__(Rights(scope))
        self.id = secrets.token_hex(6)
        self.opened_at = time.time()
        self.address = str((scope.get("client") or ("",))[0])
        self.client = client_of(scope, self.rights)
        self.place = Place()
        self.requests = 0
        self.subscriptions: dict[str, Subscription] = {}
        self._line = Line(send)
        self.outbox = Outbox(
            self._send_text,
            write=self._line.write,
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
        """Begin the heartbeat and the watch over the user's session; too many of one client are closed."""
        if not self.place.take(self.client, most=self.limits.socket_max_per_client):
            self.close(CloseCode.TOO_MANY)
            return
        get_board().add(self)
        self._beat()
        self._watch_session()

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
        self.place.leave()
        get_board().discard(self)
        for timer in self._timers.values():
            timer.cancel()
        for task in self._tasks:
            task.cancel()
        for subscription in list(self.subscriptions.values()):
            subscription.end()
        self.outbox.close()

    async def authenticate(self, token: str) -> str:
        """Be the token's user from now on; a socket that has a user takes only tokens of this one."""
        found = await in_pool(lambda: use_token(token, scope="rpc", now=timezone.now()))
        if self.rights.user_id not in (None, found.user.pk):
            raise RpcError(ErrorCode.REFUSED, "This socket is another user's; open one for the token's user.")
        client = ("user", found.user.pk)
        if not self.place.take(client, most=self.limits.socket_max_per_client):
            raise RpcError(ErrorCode.BUSY, "The token's user has too many connections; close one first.")
        self.client = client
        self.rights.adopt(found)
        self._watch_session()
        await self.check_session()
        return str(found.user.get_username())

    def snapshot(self) -> dict[str, Any]:
        """Say what operators see of it; ``list_connections`` tells the keys."""
        user = self.rights.actor.user
        return {
            "id": self.id,
            "kind": self.kind,
            "address": self.address,
            "user": user.get_username() if user.is_authenticated else None,
            "user_id": self.rights.user_id,
            "known_by": self.rights.known_by,
            "opened_at": self.opened_at,
            "subscriptions": sorted(self.subscriptions),
            "calls": len(self.calls),
            "requests": self.requests,
            "waiting": self.outbox.waiting,
            "missed": self.outbox.missed,
        }

    def look_at_session(self) -> None:
        """Do ``check_session`` soon."""
        if not self.is_closed and self.rights.user_id is not None:
            self._spawn(self.check_session())

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
    can_listen = True

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
        self.requests += count
        if not self._bucket.take(count, now=now):
            return self._too_many(count, self.limits.socket_messages_per_s)
        if self.client is not None and not may_ask(self.client, count, now=now):
            return self._too_many(count, self.limits.socket_client_messages_per_s)
        self._refused = 0
        if len(self.calls) >= self.limits.socket_max_in_flight:
            return RpcError(ErrorCode.BUSY, f"{len(self.calls)} calls are running; wait for one to end.")
        return None

    def _too_many(self, count: int, rate: float) -> RpcError:
        self._refused += count
        if self._refused > self.limits.socket_burst:
            self.close(CloseCode.TOO_MANY)
        return RpcError(ErrorCode.BUSY, f"Too many requests; {rate:g} a second are served.")

    def _refuse(self, frame: Frame, refusal: RpcError | None) -> None:
        text = refusal_text(frame, refusal)
        if text is not None:
            self._reply(text, None)

    def _reply(self, text: str | None, afterwards: Afterwards | None) -> None:
        if self.is_closed:
            return
        if text is not None:
            self.outbox.answer(text)
        if afterwards is not None:
            afterwards()

    async def _send_text(self, text: str) -> None:
        await self._while_there(self._line.send(text))

    async def _send_close(self, code: int) -> None:
        await self._while_there(self._send({"type": "websocket.close", "code": int(code)}))

    async def _while_there(self, sending: Awaitable[None]) -> None:
        """Send; or end, if nobody is there any more, which each server tells by an error of its own."""
        try:
            await sending
        except Exception as error:
            logger.info("connection=%s is gone: %s", self.id, error)
            self.end()

    def _beat(self) -> None:
        interval_s = self.limits.socket_ping_interval_s
        self.notify("rpc.ping", {"interval_s": interval_s})
        self._later("beat", interval_s, self._beat)

    def _watch_session(self) -> None:
        if self.rights.user_id is not None and "session" not in self._timers:
            self._later("session", SESSION_CHECK_S, self._check_session)

    def _check_session(self) -> None:
        self.look_at_session()
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
