"""What is sent to one page of a browser."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from smallweb.sessions.program import tab as tab_module
from smallweb.sessions.program.tab import Tab, beat

pytestmark = pytest.mark.once


class Reader:
    """Takes texts when it is let."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()

    async def write(self, text: str) -> None:
        await self.may_go_on.wait()
        self.texts.append(text)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.001)


async def test_texts_are_sent_in_their_order() -> None:
    reader = Reader()
    tab = Tab("a", reader.write)
    for number in range(100):
        tab.put(str(number))
    await until(lambda: len(reader.texts) == 100)
    tab.put("last")
    await until(lambda: len(reader.texts) == 101)
    assert reader.texts == [*map(str, range(100)), "last"]
    await tab.end()


async def test_a_reader_that_is_too_far_behind_is_given_up() -> None:
    reader = Reader()
    reader.may_go_on.clear()
    tab = Tab("a", reader.write)
    for _ in range(20):
        tab.put("x" * 2**20)
    assert tab.lost.is_set()
    reader.may_go_on.set()
    tab.put("too late")
    await asyncio.sleep(0.01)
    assert len(reader.texts) <= 1
    await tab.end()


async def test_one_text_may_be_as_large_as_it_likes() -> None:
    reader = Reader()
    tab = Tab("a", reader.write)
    tab.put("x" * 40 * 2**20)
    await until(lambda: len(reader.texts) == 1)
    await tab.end()


async def test_reading_ends_with_the_tab_and_the_tab_with_the_reading() -> None:
    tab = Tab("a", Reader().write)
    reading = asyncio.ensure_future(tab.while_read(asyncio.Event().wait()))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    await tab.end()
    await reading
    other = Tab("b", Reader().write)
    await other.while_read(asyncio.sleep(0))

    async def fail() -> None:
        raise ValueError("told on")

    with pytest.raises(ValueError, match="told on"):
        await other.while_read(fail())


async def test_a_tab_that_has_ended_sends_nothing_more() -> None:
    reader = Reader()
    reader.may_go_on.clear()
    tab = Tab("a", reader.write)
    tab.put("never")
    await asyncio.sleep(0)
    await tab.end()
    reader.may_go_on.set()
    await asyncio.sleep(0)
    assert reader.texts == []


async def test_a_silent_stream_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tab_module, "_BEAT_S", 0.001)
    reader = Reader()
    tab = Tab("a", reader.write)
    beating = asyncio.ensure_future(beat(tab))
    await until(lambda: reader.texts == ["", ""] or len(reader.texts) > 2)
    await tab.end()
    await beating
