"""Locks, deadlines, timeouts, bounds; and what operators change while a socket is open."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group, User

from smallweb.core.socket.protocol import CloseCode, ErrorCode
from smallweb.rpc import Caller, access_rule, expose, serve
from smallweb.rpc.models import RemoteMember, RemoteObject
from smallweb.rpc.services.policy import get_policy
from smallweb.rpc.services.sync_objects import sync_objects
from tests.core.socket.clients import Client, signed_in, socket

pytestmark = pytest.mark.django_db(transaction=True)


class Gate:
    """A method that waits until the test lets it go on, and how many were in it at once."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.began = threading.Semaphore(0)
        self.inside = 0
        self.most = 0
        self.lock = threading.Lock()

    @expose
    def wait(self) -> str:
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        self.began.release()
        self.go.wait(60)
        with self.lock:
            self.inside -= 1
        return "gone"

    @expose
    async def wait_async(self) -> str:
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.began.release()
        await asyncio.to_thread(self.go.wait, 60)
        self.inside -= 1
        return "gone"

    @expose
    def hello(self) -> str:
        return "hello"

    @expose
    def endless(self) -> Any:
        while True:
            yield "x"

    @expose
    def report(self, caller: Caller) -> str:
        for number in range(1_000):
            caller.progress(number)
        return "done"


async def send(client: Client, method: str, request_id: object, params: Any = ()) -> None:
    await client.send({"jsonrpc": "2.0", "method": method, "params": params, "id": request_id})


async def in_thread(call: Callable[..., Any], *arguments: Any) -> Any:
    return await sync_to_async(call)(*arguments)  # a thread that keeps its connection


@pytest.mark.parametrize(("locking", "most"), [("none", 3), ("object", 1), ("printer", 1)])
@pytest.mark.parametrize("method", ["gate.wait", "gate.wait_async"])
async def test_calls_behind_one_lock_run_one_at_a_time(locking: str, most: int, method: str) -> None:
    gate = Gate()
    serve(gate=gate, access="public", locking=locking, max_start_delay_s=60)
    async with socket() as client:
        for number in range(3):
            await send(client, method, number)
        for _ in range(most):
            await in_thread(gate.began.acquire, True, 60)
        gate.go.set()
        assert [(await client.receive())["result"] for _ in range(3)] == ["gone"] * 3
    assert gate.most == most


async def test_a_call_that_waits_too_long_for_its_start_expires_and_is_never_begun() -> None:
    gate = Gate()
    serve(gate=gate, access="public", locking="object", max_start_delay_s=0.3)
    async with socket() as client:
        await send(client, "gate.wait", "first")
        await in_thread(gate.began.acquire, True, 60)
        await send(client, "gate.wait", "second")
        answer = await client.receive()
        assert (answer["id"], answer["error"]["code"]) == ("second", ErrorCode.EXPIRED)
        gate.go.set()
        assert (await client.receive())["result"] == "gone"
        assert await client.call("gate.hello") == "hello"
    assert not gate.began.acquire(blocking=False)


@pytest.mark.parametrize("method", ["gate.wait", "gate.wait_async"])
async def test_a_call_that_takes_too_long_is_answered_and_holds_up_nothing(method: str) -> None:
    gate = Gate()
    serve(gate=gate, access="public", timeout_s=0.3)
    async with socket() as client:
        answer = await client.ask(method)
        assert answer["error"]["code"] == ErrorCode.TIMED_OUT
        assert await client.call("gate.hello") == "hello"
    gate.go.set()


async def test_a_caller_can_lower_the_limits_but_not_raise_them() -> None:
    gate = Gate()
    serve(gate=gate, access="public", timeout_s=30)
    async with socket() as client:
        answer = await client.ask("rpc.call", {"path": "gate.wait", "timeout_s": 0.2})
        assert answer["error"]["code"] == ErrorCode.TIMED_OUT
        assert await client.refused("rpc.call", {"path": "gate.wait", "timeout_s": -1}) == (
            ErrorCode.INVALID_PARAMS
        )
    gate.go.set()


async def test_functions_that_hang_leave_threads_for_others(settings: Any) -> None:
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "SOCKET_THREADS": 3}
    gate = Gate()
    serve(gate=gate, access="public", timeout_s=0.3)
    async with socket() as client:
        for number in range(3):
            await send(client, "gate.wait", number)
        answers = [await client.receive() for _ in range(3)]
        assert {answer["error"]["code"] for answer in answers} == {ErrorCode.TIMED_OUT}
        assert await client.call("gate.hello") == "hello"
    gate.go.set()


async def test_an_endless_generator_ends_with_its_call_or_its_reader(settings: Any) -> None:
    settings.SMALLWEB_RPC = {"MAX_ITEMS": 50}
    gate = Gate()
    serve(gate=gate, access="public")
    async with socket() as client:
        answer = await client.ask("gate.endless")
        assert answer["error"]["data"]["code"] == "result_refused"
        await send(client, "rpc.call", "s", {"path": "gate.endless", "stream": True})
        first = await client.receive()
        assert first["params"] == {"token": "s", "value": {"item": "x"}}
        await client.send({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": "s"}})
        while "error" not in (answer := await client.receive()):
            pass
        assert answer["error"]["code"] == ErrorCode.CANCELLED


async def test_of_many_reports_of_progress_the_newest_arrive() -> None:
    gate = Gate()
    serve(gate=gate, access="public")
    async with socket() as client:
        assert await client.call("gate.report") == "done"
        reports = [event["params"]["value"]["progress"] for event in client.events]
        assert reports == sorted(reports)
        assert len(reports) < 1_000


async def test_the_same_id_twice_at_once_is_refused() -> None:
    gate = Gate()
    serve(gate=gate, access="public")
    async with socket() as client:
        await send(client, "gate.wait", 1)
        await in_thread(gate.began.acquire, True, 60)
        await send(client, "gate.wait", 1)
        assert (await client.receive())["error"]["code"] == ErrorCode.INVALID_REQUEST
        gate.go.set()
        assert (await client.receive())["result"] == "gone"


async def test_an_operators_change_holds_for_open_sockets() -> None:
    serve(gate=Gate(), access="public")
    await in_thread(sync_objects)
    async with socket() as client:
        assert await client.call("gate.hello") == "hello"
        await RemoteMember.objects.filter(name="gate.hello").aupdate(access="staff")
        get_policy().forget()
        assert await client.refused("gate.hello") == ErrorCode.REFUSED
        await RemoteMember.objects.filter(name="gate.hello").aupdate(enabled=False)
        get_policy().forget()
        assert await client.refused("gate.hello") == ErrorCode.METHOD_NOT_FOUND
        await RemoteMember.objects.filter(name="gate.hello").aupdate(enabled=True, access="")
        await RemoteObject.objects.filter(name="gate").aupdate(access="staff")
        get_policy().forget()
        assert await client.refused("gate.hello") == ErrorCode.REFUSED
        await RemoteObject.objects.filter(name="gate").aupdate(enabled=False)
        get_policy().forget()
        assert await client.refused("gate.hello") == ErrorCode.METHOD_NOT_FOUND
        assert (await client.call("rpc.describe"))["objects"] == {}


async def test_an_operators_change_is_found_without_a_word() -> None:
    serve(gate=Gate(), access="public")
    await in_thread(sync_objects)
    async with socket() as client:
        assert await client.call("gate.hello") == "hello"
        await RemoteMember.objects.filter(name="gate.hello").aupdate(enabled=False)
        async with asyncio.timeout(60):
            while "error" not in await client.ask("gate.hello"):  # noqa: ASYNC110 - only asking tells
                await asyncio.sleep(0.05)  # within the limit of calls a second


async def test_rights_are_those_of_the_moment() -> None:
    serve(gate=Gate(), access="group:keepers")
    user = await User.objects.acreate(username="ann")
    keepers = await Group.objects.acreate(name="keepers")
    async with signed_in(user) as ann:
        assert await ann.refused("gate.hello") == ErrorCode.REFUSED
        await user.groups.aadd(keepers)
        async with asyncio.timeout(60):
            while "error" in await ann.ask("gate.hello"):  # noqa: ASYNC110 - only asking tells
                await asyncio.sleep(0.05)  # within the limit of calls a second
        await User.objects.filter(pk=user.pk).aupdate(is_active=False)
        assert await ann.closed_while_calling("gate.hello") == CloseCode.SESSION_ENDED


async def test_a_function_of_the_site_decides() -> None:
    @access_rule
    def is_ann(user: Any) -> bool:
        return bool(user.username == "ann")

    def raises(user: Any) -> bool:
        raise ValueError("a fault in a rule counts as no")

    serve(gate=Gate(), access=is_ann)
    serve(closed=Gate(), access={"call": raises})
    ann, bob = [await User.objects.acreate(username=name) for name in ("ann", "bob")]
    async with signed_in(ann) as one, signed_in(bob) as other, socket() as visitor:
        assert await one.call("gate.hello") == "hello"
        assert await other.refused("gate.hello") == ErrorCode.REFUSED
        assert await visitor.refused("gate.hello") == ErrorCode.REFUSED
        assert await one.refused("closed.hello") == ErrorCode.REFUSED


def test_rows_follow_the_code_and_keep_edits() -> None:
    serve(gate=Gate(), access={"call": "public", "get": "public", "set": "staff"})
    sync_objects()
    row = RemoteObject.objects.get(name="gate")
    assert (row.access, row.set_access, row.delete_access) == ("public", "staff", "login")
    assert row.members.filter(kind="method").count() == 5
    row.access = "staff"
    row.save()
    sync_objects()
    assert RemoteObject.objects.get(name="gate").access == "staff"
