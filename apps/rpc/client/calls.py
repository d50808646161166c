"""The calls that wait for their answers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from msgspec import UNSET

from .exceptions import ConnectionLost, rpc_error
from .wire import Fault, Message

logger = logging.getLogger(__name__)

Listener = Callable[[Any], None]


@dataclass(frozen=True, kw_only=True)
class Call:
    """``on_progress`` hears the call's reports, ``on_item`` the items of its stream, and ``on_result`` the
    result, before anything that the server said after it is looked at.
    """

    id: int
    answer: asyncio.Future[Any]
    on_progress: Listener | None = None
    on_item: Listener | None = None
    on_result: Listener | None = None


class Calls:
    """Answers by id. What comes for a call that was given up is dropped."""

    def __init__(self) -> None:
        self._last_id = 0
        self._waiting: dict[int, Call] = {}

    def begin(self, **listeners: Listener | None) -> Call:
        """Number a call; the listeners are Call's."""
        self._last_id += 1
        future = asyncio.get_running_loop().create_future()
        call = Call(id=self._last_id, answer=future, **listeners)
        self._waiting[call.id] = call
        return call

    def forget(self, call: Call) -> bool:
        """Wait for it no more; true if its answer had not come."""
        if call.answer.done() and not call.answer.cancelled():
            call.answer.exception()  # has been seen, even if nobody will ask
        return self._waiting.pop(call.id, None) is not None

    def settle(self, message: Message) -> None:
        call = self._waiting.pop(message.id, None) if isinstance(message.id, int) else None
        if call is None:
            if isinstance(message.error, Fault) and message.id is None:
                logger.error("the server could not read a message: %s", message.error.message)
        elif call.answer.done():
            pass
        elif message.error is UNSET:
            if call.on_result is not None:
                call.on_result(message.result)
            call.answer.set_result(message.result)
        else:
            fault = message.error
            assert isinstance(fault, Fault)
            call.answer.set_exception(rpc_error(fault.code, fault.message, fault.data))

    def progress(self, params: dict[str, Any]) -> None:
        """Take a ``$/progress``: a report, or an item of a stream."""
        call = self._waiting.get(params.get("token", 0))
        value = params.get("value")
        if call is None or not isinstance(value, dict):
            return
        if call.on_item is not None and "item" in value:
            call.on_item(value["item"])
        if call.on_progress is not None and "progress" in value:
            _guarded(call.on_progress, value["progress"])

    def reject_all(self, error: ConnectionLost) -> None:
        for call in self._waiting.values():
            if not call.answer.done():
                call.answer.set_exception(error)
        self._waiting.clear()


def _guarded(listener: Listener, value: Any) -> None:
    """A listener that raises must not break the line for everybody."""
    try:
        listener(value)
    except Exception:
        logger.exception("a progress listener failed")
