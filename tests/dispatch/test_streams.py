"""Generators of methods, piece by piece in threads of their own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from smallweb.core.http.refusal import Refusal
from smallweb.dispatch.streams import MAX_STREAMS, pieces_of


async def test_a_stream_whose_reader_left_counts_until_it_ends() -> None:
    may_end, ended = threading.Event(), threading.Semaphore(0)

    def waits() -> Iterator[str]:
        try:
            may_end.wait(20)
            yield "a piece"
        finally:
            ended.release()

    for _ in range(MAX_STREAMS):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(pieces_of(waits())), 0.001)
    with pytest.raises(Refusal, match="Too many"):
        await anext(pieces_of(waits()))
    may_end.set()
    for _ in range(MAX_STREAMS):
        assert await asyncio.to_thread(ended.acquire, timeout=20)
    await _until_there_is_a_place()


async def _until_there_is_a_place() -> None:
    async with asyncio.timeout(20):
        while True:
            pieces = pieces_of(iter_of_one())
            try:
                assert await anext(pieces) == "one"
            except Refusal:
                await asyncio.sleep(0.01)
            else:
                return await pieces.aclose()


def iter_of_one() -> Iterator[str]:
    yield "one"
