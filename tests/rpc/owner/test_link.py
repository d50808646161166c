"""The way to the owner process and back, and what becomes of calls when it is not there."""

from __future__ import annotations

import asyncio
import itertools
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from smallweb.core.exceptions import AlreadyRuns
from smallweb.core.local_socket import MAX_ADDRESS_BYTES
from smallweb.core.run_dir import run_dir
from smallweb.core.socket.protocol import ErrorCode
from smallweb.core.up_services import wanted_services
from smallweb.rpc import Caller, expose, serve
from smallweb.rpc.owner.place import held_lock
from tests.core.socket.clients import socket
from tests.rpc.owner.running import owner_running
from tests.waiting import wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("owned")]


class Counter:
    total: int = 0

    def __init__(self) -> None:
        self.go = threading.Event()
        self.began = threading.Event()
        self.is_closed = threading.Event()

    @expose
    def add(self, n: int) -> int:
        self.total += n
        return self.total

    @expose
    def wait(self, caller: Caller) -> bool:
        self.began.set()
        self.go.wait(60)
        return caller.is_cancelled

    @expose
    def endless(self) -> Any:
        try:
            yield from itertools.count()
        finally:
            self.is_closed.set()

    @expose
    def items(self, to: int) -> Any:
        yield from range(to)
        return "end"


@pytest.fixture
def counter() -> Counter:
    counter = Counter()
    serve(counter=counter, access="public", attrs={"total": "rw"})
    return counter


async def test_without_an_owner_calls_are_answered_with_the_command_to_run(counter: Counter) -> None:
    async with socket() as client:
        error = (await client.ask("counter.add", [1]))["error"]
        assert error["code"] == ErrorCode.BUSY
        assert "manage.py smallweb_rpc_owner" in error["message"]
        assert error["data"] == {"code": "owner_not_running"}
        assert await client.refused("rpc.set", ["counter.total", 1]) == ErrorCode.BUSY
        assert await client.refused("counter.add", ["x"]) == ErrorCode.INVALID_PARAMS
    assert counter.total == 0


async def test_the_line_is_opened_again_by_itself(counter: Counter) -> None:
    async with socket() as client:
        for total in (1, 2, 3):
            with owner_running():
                assert await client.call("counter.add", [1]) == total
            assert await client.refused("counter.add", [1]) == ErrorCode.BUSY


async def test_ids_and_notifications_pass(counter: Counter) -> None:
    with owner_running():
        async with socket() as client:
            for request_id in ("x", 2**70, 0.5, None):
                await client.send(
                    {"jsonrpc": "2.0", "method": "counter.add", "params": [1], "id": request_id}
                )
                assert (await client.receive())["id"] == request_id
            await client.send({"jsonrpc": "2.0", "method": "counter.add", "params": [10]})
            await asyncio.to_thread(wait_for, lambda: counter.total == 14, limit_s=60)
            assert await client.is_silent()


async def test_many_items_come_in_order_and_before_the_answer(counter: Counter) -> None:
    with owner_running():
        async with socket() as client:
            asked = {"path": "counter.items", "args": [2_000], "stream": True}
            assert await client.call("rpc.call", asked) == "end"
            assert [event["params"]["value"]["item"] for event in client.events] == list(range(2_000))


async def test_a_reader_who_leaves_ends_the_generator(counter: Counter) -> None:
    with owner_running():
        async with socket() as client:
            asked = {"path": "counter.endless", "stream": True}
            await client.send({"jsonrpc": "2.0", "method": "rpc.call", "params": asked, "id": 1})
            assert (await client.next_event())["method"] == "$/progress"
        assert await asyncio.to_thread(counter.is_closed.wait, 60)


async def test_an_owner_that_stops_lets_running_calls_end(counter: Counter) -> None:
    async with socket() as client, socket() as other:
        with owner_running():
            await client.send({"jsonrpc": "2.0", "method": "counter.wait", "id": 1})
            await asyncio.to_thread(counter.began.wait, 60)
            threading.Timer(0.2, counter.go.set).start()
        assert await client.receive() == {"jsonrpc": "2.0", "id": 1, "result": False}
        assert await other.refused("counter.add", [1]) == ErrorCode.BUSY


async def test_a_cancelled_call_is_cancelled_in_the_owner(counter: Counter) -> None:
    with owner_running():
        async with socket() as client:
            await client.send({"jsonrpc": "2.0", "method": "counter.wait", "id": 1})
            await asyncio.to_thread(counter.began.wait, 60)
            await client.send({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 1}})
            assert (await client.receive())["error"]["code"] == ErrorCode.CANCELLED
            assert await client.call("counter.add", [1]) == 1
        counter.go.set()


async def test_there_is_one_owner_and_only_this_user_reaches_it(counter: Counter) -> None:
    with owner_running():
        with pytest.raises(AlreadyRuns, match="runs already"), held_lock():
            pass
        assert stat.S_IMODE((run_dir("owner") / "socket").stat().st_mode) == 0o600


async def test_a_long_path_is_no_obstacle(counter: Counter, settings: Any, tmp_path: Path) -> None:
    folder = tmp_path / ("x" * MAX_ADDRESS_BYTES) / "run"
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "RUN_DIR": folder}
    with owner_running():
        async with socket() as client:
            assert await client.call("counter.add", [1]) == 1


def test_smallweb_up_runs_an_owner_where_an_object_wants_it(settings: Any) -> None:
    serve(local=Counter(), owner="web")
    assert "owner" not in [service.name for service in wanted_services()]
    serve(shared=Counter())
    assert "owner" in [service.name for service in wanted_services()]
