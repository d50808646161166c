"""The items of generators: all in one answer, or one by one."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, Generator
from typing import Any

from ...core.socket.calls import Call
from ...core.socket.protocol import ErrorCode, RpcError, notification_text
from ..conf import rpc_settings

SENT_AT_ONCE = 32


def is_stream(result: Any) -> bool:
    """Whether a function has returned a generator."""
    return inspect.isgenerator(result) or inspect.isasyncgen(result)


def collect(call: Call, items: Generator[Any, Any, Any], *, stream: bool) -> Any:
    """Return all items, or send each one and return what the generator returns. Runs in a thread.

    A call that was given up ends its generator at the next item. Raises RpcError for too many items.
    """
    kept: list[Any] = []
    try:
        while not call.is_over:
            item = next(items)
            if stream:
                sending = call.peer.stream(_text(call, item))
                asyncio.run_coroutine_threadsafe(sending, call.peer.loop).result()
            else:
                _keep(call, kept, item)
    except StopIteration as end:
        return end.value if stream else kept
    finally:
        items.close()
    return None


async def collect_async(call: Call, items: AsyncGenerator[Any, Any], *, stream: bool) -> Any:
    """Do the same with an asynchronous generator, which returns nothing."""
    kept: list[Any] = []
    sent = 0
    try:
        async for item in items:
            if stream:
                await call.peer.stream(_text(call, item))
                sent += 1
                if sent % SENT_AT_ONCE == 0:  # neither the generator nor the line may ever wait
                    await asyncio.sleep(0)
            else:
                _keep(call, kept, item)
    finally:
        await items.aclose()
    return None if stream else kept


def _keep(call: Call, kept: list[Any], item: Any) -> None:
    most = rpc_settings().max_items
    if len(kept) >= most:
        text = f"{call.request.method} has more than {most} items; ask for them one by one (stream)."
        raise RpcError(ErrorCode.INTERNAL_ERROR, text, {"code": "result_refused"})
    kept.append(item)


def _text(call: Call, item: Any) -> str:
    try:
        return notification_text("$/progress", {"token": call.request.id, "value": {"item": item}})
    except BaseException as error:  # a user's own object may raise anything while it is read
        raise call.no_json(item, error) from error
