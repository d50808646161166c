"""The asynchronous client, on a real server."""

from __future__ import annotations

import asyncio
import secrets

import pytest

from smallweb.rpc.client import (
    ApplicationError,
    CallTimedOut,
    Client,
    ClientError,
    ConnectionLost,
    Event,
    InvalidParams,
    MethodNotFound,
    NotFound,
    SlowConsumer,
    connect,
)
from tests.rpc.client.site import Site

pytestmark = pytest.mark.once


async def until_cancelled(rpc: Client, tag: str) -> None:
    """Wait until the server's side of a cancelled call has ended."""
    async with asyncio.timeout(60):
        while tag not in await rpc.call("sample.cancelled"):  # noqa: ASYNC110 - asked of the server
            await asyncio.sleep(0.01)


async def test_calls_by_position_by_name_and_by_proxy(site: Site) -> None:
    async with connect(site.url) as rpc:
        assert await rpc.call("sample.test_sum", 4, 5) == 9
        assert await rpc.call("sample.test_sum", a=4, b=5) == 9
        assert await rpc.call("sample.test_sum", a=4) == 5
        assert await rpc.objects.sample.test_sum(4, b=5) == 9
        with pytest.raises(AttributeError):
            rpc.objects.sample._ended  # noqa: B018
        assert repr(rpc.objects.sample.test_sum) == "<remote sample.test_sum>"
        assert await asyncio.gather(*(rpc.call("sample.test_sum", n, n) for n in range(20))) == [
            2 * n for n in range(20)
        ]


async def test_arguments_that_the_client_has_too_go_through_the_proxy(site: Site) -> None:
    async with connect(site.url) as rpc:
        assert await rpc.objects.sample.named(timeout_s=1, progress=2) == 3


async def test_attributes_are_got_set_and_deleted(site: Site) -> None:
    async with connect(site.url) as rpc:
        assert await rpc.objects.sample.a == 1
        assert await rpc.set("sample.a", 2) is True
        assert await rpc.get("sample.a") == 2
        assert await rpc.delete("sample.a") is True
        assert await rpc.get("sample.a") == 1
        with pytest.raises(NotFound):
            await rpc.get("sample.nothing")
        with pytest.raises(InvalidParams) as raised:
            await rpc.set("sample.a", "x")
        assert raised.value.field == "sample.a"


async def test_it_describes_what_may_be_used(site: Site) -> None:
    async with connect(site.url) as rpc:
        described = await rpc.describe()
        assert "test_sum" in described["objects"]["sample"]["members"]
        assert (await rpc.describe("sample.test_sum"))["doc"] == "Add two numbers."


async def test_progress_is_heard_before_the_result(site: Site) -> None:
    heard: list[object] = []
    async with connect(site.url) as rpc:
        assert await rpc.call("sample.bake", 3, progress=heard.append) == "done"
        assert heard == [3]

        def stumble(value: object) -> None:
            raise RuntimeError(value)

        assert await rpc.call("sample.bake", 3, progress=stumble) == "done"
        assert await rpc.call("sample.bake", 3) == "done"


async def test_a_stream_gives_items_as_they_come(site: Site) -> None:
    async with connect(site.url) as rpc:
        assert [item async for item in rpc.stream("sample.count", 5)] == [0, 1, 2, 3, 4]
        assert [item async for item in rpc.stream("sample.count", to=2)] == [0, 1]
        assert await rpc.call("sample.count", 3) == [0, 1, 2]
        got = []
        with pytest.raises(ApplicationError, match="No more"):
            async for item in rpc.stream("sample.count_and_fail", 2):
                got.append(item)
        assert got == [0, 1]


async def test_who_leaves_a_stream_cancels_it(site: Site) -> None:
    tag = secrets.token_hex(4)
    async with connect(site.url) as rpc:
        async for item in rpc.stream("sample.tick", tag):
            assert item == 0
            break
        await until_cancelled(rpc, tag)


async def test_a_stream_that_is_not_read_is_ended_and_says_so(site: Site) -> None:
    tag = secrets.token_hex(4)
    async with connect(site.url, max_queue=10) as rpc:
        items = rpc.stream("sample.flood", tag)
        got = [await anext(items)]
        await until_cancelled(rpc, tag)
        with pytest.raises(SlowConsumer, match="more than 10 items"):
            async for item in items:
                got.append(item)
        assert got == list(range(len(got)))
        assert len(got) in (10, 11)


async def test_errors_are_those_of_the_server(site: Site) -> None:
    async with connect(site.url) as rpc:
        with pytest.raises(MethodNotFound, match="nowhere"):
            await rpc.call("nowhere")
        with pytest.raises(InvalidParams):
            await rpc.call("sample.test_sum", "four", 5)
        with pytest.raises(ApplicationError, match="The oven is cold") as raised:
            await rpc.call("sample.fail")
        assert raised.value.data == {"code": "cold", "degrees": 18}
        with pytest.raises(TypeError):
            await rpc.call("sample.test_sum", object())


async def test_a_batch_has_its_answers_after_the_block(site: Site) -> None:
    async with connect(site.url) as rpc:
        async with rpc.batch() as batch:
            three = batch.call("sample.test_sum", 1, 2)
            failed = batch.call("sample.fail")
            batch.notify("sample.fail")
            five = batch.call("sample.test_sum", a=2, b=3)
            with pytest.raises(RuntimeError, match="not sent yet"):
                three.result()
        assert (three.result(), five.result()) == (3, 5)
        with pytest.raises(ApplicationError):
            failed.result()
        async with rpc.batch():
            pass
        with pytest.raises(ClientError, match="may have 100 calls"):
            async with rpc.batch() as batch:
                for number in range(101):
                    batch.call("sample.test_sum", number)
        with pytest.raises(RuntimeError, match="of its own"):
            async with rpc.batch() as batch:
                three = batch.call("sample.test_sum", 1, 2)
                raise RuntimeError("of its own")


async def test_a_call_is_cancelled_with_its_task(site: Site) -> None:
    tag = secrets.token_hex(4)
    async with connect(site.url) as rpc, rpc.subscribe("open/started") as started:
        call = asyncio.create_task(rpc.call("sample.wait", tag))
        assert isinstance(event := await anext(started), Event)
        assert event.data == tag
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await until_cancelled(rpc, tag)


async def test_a_call_that_takes_too_long_is_cancelled(site: Site) -> None:
    tag = secrets.token_hex(4)
    async with connect(site.url) as rpc:
        with pytest.raises(CallTimedOut, match=r"no answer in 0\.2 s"):
            await rpc.call("sample.wait", tag, timeout_s=0.2)
        await until_cancelled(rpc, tag)
    async with connect(site.url, timeout_s=0.2) as rpc:
        with pytest.raises(CallTimedOut):
            await rpc.call("sample.wait", tag)


async def test_a_notification_is_served(site: Site) -> None:
    async with connect(site.url) as rpc, rpc.subscribe("open/told") as told:
        await rpc.notify("rpc.publish", channel="open/told", data=[1])
        assert isinstance(event := await anext(told), Event)
        assert event.data == [1]


async def test_pending_calls_end_when_the_client_closes(site: Site) -> None:
    async with connect(site.url) as rpc, rpc.subscribe("open/started") as started:
        call = asyncio.create_task(rpc.call("sample.wait", "x"))
        await anext(started)
        await rpc.close()
        with pytest.raises(ConnectionLost, match="closed"):
            await call
        with pytest.raises(ConnectionLost, match="closed"):
            await rpc.call("sample.test_sum", 1)
        with pytest.raises(ConnectionLost, match="closed"):
            await rpc.notify("sample.test_sum", 1)
        with pytest.raises(ConnectionLost, match="closed"):
            await anext(started)
        with pytest.raises(ConnectionLost, match="closed"):
            rpc.subscribe("open/more")
        await rpc.close()


async def test_what_the_server_pushes_besides_is_passed_over(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    async with connect(site.url) as rpc:
        await rpc._line.send("no JSON")
        await rpc.call("rpc.ping")
        assert "could not read a message" in caplog.text
        rpc._hear('{"jsonrpc": "2.0", "method": "something.new", "params": {}}')
        rpc._hear('{"jsonrpc": "2.0", "id": 10000, "result": "for a call that was given up"}')
        rpc._hear(
            '{"jsonrpc": "2.0", "method": "$/progress", "params": {"token": 10000, "value": {"item": 1}}}'
        )
        assert await rpc.call("sample.test_sum", 1) == 2


def test_what_is_no_address_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="is no address"):
        connect("example.com")
