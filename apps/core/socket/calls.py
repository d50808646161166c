"""One request on its way to its answer."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from .errors import as_rpc_error, call_failed
from .protocol import ErrorCode, Request, RpcError, error_text, result_text
from .watch import get_watch

if TYPE_CHECKING:
    from .peer import Peer

logger = logging.getLogger(__name__)

Afterwards = Callable[[], None]
Reply = Callable[[str | None, Afterwards | None], None]
"""Takes the answer's text (None for a notification's), and what to do once the answer is queued."""


class Call:
    """A request that is being served. It is answered once; what comes later, from work that was given up,
    is dropped. Belongs to the peer's loop; only ``encode`` may run in another thread.

    ``received_at`` and ``ends_at`` are seconds of the monotonic clock. ``abort`` is set by whoever does
    the work, and stops it if it can. ``observe`` hears of the end: the error, or None.
    """

    __slots__ = (
        "_reply", "abort", "ends_at", "has_started", "is_over", "observe", "peer", "received_at", "request",
    )  # fmt: skip

    def __init__(self, peer: Peer, request: Request, reply: Reply, received_at: float) -> None:
        self.peer = peer
        self.request = request
        self.received_at = received_at
        self.ends_at: float | None = None
        self.abort: Callable[[], object] | None = None
        self.observe: Callable[[Call, RpcError | None], None] | None = None
        self.has_started = False
        self.is_over = False
        self._reply = reply

    @property
    def key(self) -> object:
        """What the call is known by while it runs: its id; a notification has none and is its own."""
        return self if self.request.id is UNSET else self.request.id

    def expect_start(self, *, within_s: float) -> None:
        """Have the call given up unless its work begins so soon after it was received."""
        self.ends_at = self.received_at + within_s
        get_watch().add(self)

    def started(self, *, timeout_s: float) -> None:
        """Take note, in any thread, that the work begins. Raises RpcError when that is too late."""
        now = time.monotonic()
        if self.is_over or (self.ends_at is not None and now > self.ends_at):
            raise self.late(now=now)
        self.has_started = True
        self.ends_at = now + timeout_s

    def late(self, *, now: float) -> RpcError:
        """Return the error of a call whose time is over."""
        passed_s = now - self.received_at
        if self.has_started:
            sentence = f"The call took longer than it may: {passed_s:.1f} s."
            return RpcError(ErrorCode.TIMED_OUT, sentence, {"code": "timed_out"})
        sentence = f"The call waited {passed_s:.1f} s and was not begun; try again."
        return RpcError(ErrorCode.EXPIRED, sentence, {"code": "expired"})

    def encode(self, result: Any) -> str | None:
        """Return the answer's text, None for a notification's. Raises RpcError for no JSON or too much."""
        request_id = self.request.id
        if isinstance(request_id, type(UNSET)):
            return None
        try:
            text = result_text(request_id, result)
        except BaseException as error:  # a user's own object may raise anything while it is read
            raise self.no_json(result, error) from error
        most = self.peer.limits.socket_max_result_bytes
        if len(text) > most:
            raise _refused(f"{self.request.method} returned {len(text)} bytes of JSON; {most} may be sent.")
        return text

    def succeed(self, result: Any, afterwards: Afterwards | None = None) -> None:
        """Answer with a result."""
        if self.is_over:
            return
        try:
            text = self.encode(result)
        except RpcError as error:
            self.fail(error)
        else:
            self.answer(text, afterwards)

    def fail(self, error: BaseException) -> None:
        """Answer with the error, as far as the caller may know it."""
        if not self.is_over:
            told, text = self._told(error)
            if self.observe is not None:
                self.observe(self, told)
                self.observe = None
            self.answer(None if self.request.id is UNSET else text)

    def answer(self, text: str | None, afterwards: Afterwards | None = None) -> None:
        """Give an answer that is encoded already; None for a notification's."""
        if self.is_over:
            return
        self.is_over = True
        if self.ends_at is not None:
            get_watch().discard(self)
        if self.observe is not None:
            self.observe(self, None)
        self.peer.forget(self)
        self._reply(text, afterwards)

    def no_json(self, result: Any, error: BaseException) -> RpcError:
        """Return the error of a call that returned, or yielded, what cannot be encoded."""
        kind = type(result).__name__
        return _refused(f"{self.request.method} returned a {kind} that is no JSON{_words_of(error)}.")

    def give_up(self, error: RpcError) -> None:
        """Answer with the error, then stop the work as far as it can be stopped."""
        if not self.is_over:
            self.fail(error)
            if self.abort is not None:
                self.abort()

    def _told(self, error: BaseException) -> tuple[RpcError, str]:
        """Return what the caller is told, and its text; an error of user code may refuse to be told."""
        method = self.request.method
        try:
            told = as_rpc_error(error, method=method)
            return told, error_text(self.request.id, told)
        except BaseException as untold:
            logger.error("method=%s failed with an error that cannot be told", method, exc_info=untold)
        told = call_failed(error)
        return told, error_text(self.request.id, told)


def _words_of(error: BaseException) -> str:
    """Return what an encoder's error says; what other errors say may be nobody's business."""
    if type(error) not in (TypeError, ValueError, OverflowError, RecursionError, UnicodeEncodeError):
        return ""
    return f": {error}"


def _refused(sentence: str) -> RpcError:
    return RpcError(ErrorCode.INTERNAL_ERROR, sentence, {"code": "result_refused"})
