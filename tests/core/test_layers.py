"""Plain Channels groups over the bus."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from smallweb.core.channels.bus.base import get_bus
from smallweb.core.exceptions import BusUnavailable
from smallweb.core.layers import BusLayer
from tests.core.bus_remains import remove_bus
from tests.core.buses import bus_url, python_elsewhere


@pytest.fixture(params=["sqlite", "redis", "postgres"])
async def layer(request: pytest.FixtureRequest, tmp_path: Path, settings: Any) -> AsyncIterator[BusLayer]:
    settings.SMALLWEB_CORE = {"RUN_DIR": tmp_path / "run", "BUS_URL": bus_url(request.param, tmp_path)}
    found = BusLayer()
    yield found
    await found.close()
    remove_bus(get_bus())


async def receive(layer: BusLayer, channel: str) -> Any:
    return await asyncio.wait_for(layer.receive(channel), 60)


async def test_a_message_to_a_group_reaches_each_of_its_channels(layer: BusLayer) -> None:
    one, two, other = [await layer.new_channel() for _ in range(3)]
    await layer.group_add("news", one)
    await layer.group_add("news", two)
    await layer.group_add("other", other)
    for number in range(20):
        await layer.group_send("news", {"type": "say", "number": number, "raw": b"\0\xff"})
    for channel in (one, two):
        for number in range(20):
            assert await receive(layer, channel) == {"type": "say", "number": number, "raw": b"\0\xff"}
    await layer.group_send("other", {"type": "say"})
    assert await receive(layer, other) == {"type": "say"}


async def test_another_process_reaches_a_group(layer: BusLayer, settings: Any) -> None:
    channel = await layer.new_channel()
    await layer.group_add("news", channel)
    code = (
        "from asgiref.sync import async_to_sync\n"
        "from smallweb.core.layers import BusLayer\n"
        "async_to_sync(BusLayer().group_send)('news', {'type': 'say', 'text': 'hello'})"
    )
    other = python_elsewhere(code, settings.SMALLWEB_CORE)
    assert await receive(layer, channel) == {"type": "say", "text": "hello"}
    assert await asyncio.to_thread(other.wait, 60) == 0


async def test_who_left_a_group_hears_no_more(layer: BusLayer) -> None:
    gone, stays = await layer.new_channel(), await layer.new_channel()
    await layer.group_add("news", gone)
    await layer.group_add("news", stays)
    await layer.group_discard("news", gone)
    await layer.group_send("news", {"type": "say"})
    await receive(layer, stays)
    assert gone not in layer.channels


async def test_a_channel_that_is_not_read_loses_what_is_beyond_its_capacity_and_it_is_logged(
    layer: BusLayer, caplog: pytest.LogCaptureFixture
) -> None:
    layer.capacity = 2
    full, marker = await layer.new_channel(), await layer.new_channel()
    await layer.group_add("news", full)
    await layer.group_add("end", marker)
    for number in range(3):
        await layer.group_send("news", {"type": "say", "number": number})
    await layer.group_send("end", {"type": "say"})
    await receive(layer, marker)
    assert [(await receive(layer, full))["number"] for _ in range(2)] == [0, 1]
    assert "lost a message" in caplog.text
    layer._log_missed()


async def test_a_send_to_one_channel_stays_here(layer: BusLayer) -> None:
    channel = await layer.new_channel()
    await layer.send(channel, {"type": "say"})
    assert await receive(layer, channel) == {"type": "say"}


async def test_a_bad_group_name_is_refused(layer: BusLayer) -> None:
    with pytest.raises(TypeError):
        await layer.group_send("a/b", {"type": "say"})


async def test_after_a_failure_the_next_who_joins_starts_again(layer: BusLayer, settings: Any) -> None:
    working = settings.SMALLWEB_CORE
    settings.SMALLWEB_CORE = {"BUS_URL": "redis://127.0.0.1:1/0"}
    channel = await layer.new_channel()
    with pytest.raises(BusUnavailable):
        await layer.group_add("news", channel)
    settings.SMALLWEB_CORE = working
    await layer.group_add("news", channel)
    await layer.group_send("news", {"type": "say"})
    assert await receive(layer, channel) == {"type": "say"}


def test_a_new_loop_gets_a_follower_of_its_own(tmp_path: Path, settings: Any) -> None:
    settings.SMALLWEB_CORE = {"RUN_DIR": tmp_path / "run", "BUS_URL": bus_url("sqlite", tmp_path)}
    layer = BusLayer()

    async def once() -> Any:
        channel = await layer.new_channel()
        await layer.group_add("news", channel)
        await layer.group_send("news", {"type": "say"})
        return await receive(layer, channel)

    assert asyncio.run(once()) == {"type": "say"}
    layer.groups.clear()
    assert asyncio.run(once()) == {"type": "say"}
    asyncio.run(layer.close())
    get_bus().close()
