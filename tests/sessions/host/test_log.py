"""The newest lines of what a session prints."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

import pytest

from smallweb.sessions.host.log import KEPT_BYTES, Log

pytestmark = pytest.mark.once


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.001)


async def test_the_last_lines_are_kept() -> None:
    out, into = os.pipe()
    log = Log(out)
    for number in range(30):
        await asyncio.to_thread(os.write, into, b"%d:" % number + b"x" * 10_000 + b"\n")
    await until(lambda: log.text().rpartition(":")[0].endswith("29"))
    assert len(log.text()) <= KEPT_BYTES
    os.write(into, b"last \xff words")
    os.close(into)
    log.close()
    log.close()
    assert log.text().endswith("last � words")


async def test_what_prints_without_end_does_not_hold_up_the_loop() -> None:
    out, into = os.pipe()
    log = Log(out)
    ends = False

    def print_on() -> None:
        with open(into, "wb", buffering=0) as printed:
            while not ends:
                printed.write(bytes(60_000))

    printing = asyncio.ensure_future(asyncio.to_thread(print_on))
    for _ in range(20):
        async with asyncio.timeout(2):
            await asyncio.sleep(0.005)
    ends = True
    await printing
    log.close()
    assert log.text()


async def test_a_log_ends_with_its_writers() -> None:
    out, into = os.pipe()
    log = Log(out)
    os.write(into, b"word")
    os.close(into)
    await until(lambda: log._fd < 0)
    assert log.text() == "word"
