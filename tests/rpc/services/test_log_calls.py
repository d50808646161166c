"""Which calls leave a row, what stands in it, and that no call waits for it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from smallweb.core import row_log
from smallweb.core.redact import HIDDEN
from smallweb.rpc import PublicError, expose, serve
from smallweb.rpc.models import CallRecord
from smallweb.rpc.registry import endpoints
from smallweb.rpc.services.log_calls import CallLog, call_log
from tests.core.socket.clients import signed_in, socket
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db(transaction=True)


class Till:
    total: int = 0
    api_key: str = "k"

    @expose
    def pay(self, amount: int, card_token: str = "", *more: str, **named: Any) -> int:
        if amount < 0:
            raise PublicError("Pay something.", code="too_little")
        return amount

    @expose
    def note(self, text: str) -> None:
        raise ValueError(text)

    @expose(access="staff")
    def close(self) -> None: ...


@pytest.fixture(autouse=True)
def served() -> None:
    serve(till=Till(), access="public", attrs={"total": "r", "api_key": "rwd"})


@pytest.fixture
def log_all(settings: Any) -> None:
    settings.SMALLWEB_RPC = {"LOG_SHARE": 1}


def _records() -> list[CallRecord]:
    """Return what was logged, first things first."""
    call_log.write(everything=True)
    return list(CallRecord.objects.order_by("pk"))


async def _all() -> list[CallRecord]:
    from asgiref.sync import sync_to_async

    return await sync_to_async(_records)()


async def test_what_works_leaves_no_row_unless_a_share_is_wanted() -> None:
    async with socket() as client:
        assert await client.call("till.pay", [1]) == 1
    assert await _all() == []
    assert endpoints.get("till.pay").watches["call"].figures().calls == 1


async def test_a_call_that_worked_is_logged_by_names_without_secrets(log_all: None) -> None:
    user = await User.objects.acreate(username="ann")
    async with signed_in(user) as client:
        await client.call("till.pay", [5, "4711", "x"])
        await client.call("till.pay", {"amount": 5, "card_token": "4711", "pin_password": 3})
        await client.call("rpc.call", {"path": "till.pay", "args": [5], "kwargs": {"card_token": "4711"}})
        await client.call("rpc.get", {"path": "till.total"})
        await client.call("rpc.set", ["till.api_key", "new"])
        await client.call("rpc.delete", ["till.api_key"])
    rows = await _all()
    assert [(row.verb, row.path, row.outcome) for row in rows] == [
        ("call", "till.pay", "ok"),
        ("call", "till.pay", "ok"),
        ("call", "till.pay", "ok"),
        ("get", "till.total", "ok"),
        ("set", "till.api_key", "ok"),
        ("delete", "till.api_key", "ok"),
    ]
    assert [row.arguments for row in rows] == [
        {"amount": 5, "card_token": HIDDEN, "more": ["x"]},
        {"amount": 5, "card_token": HIDDEN, "pin_password": HIDDEN},
        {"amount": 5, "card_token": HIDDEN},
        None,
        {"api_key": HIDDEN},
        None,
    ]
    assert {row.user_id for row in rows} == {user.pk}
    assert all(0 <= row.duration_ms < 60_000 for row in rows)


async def test_failures_and_refusals_are_always_logged() -> None:
    async with socket() as client:
        await client.refused("till.pay", [-1])
        await client.refused("till.pay", ["much"])
        await client.refused("till.note", ["a text"])
        await client.refused("till.close")
        await client.refused("rpc.set", {"path": "till.total", "value": 1})
        await client.refused("rpc.call", {"path": "till.pay", "args": [1], "kwargs": {"amount": 2}})
    rows = await _all()
    assert [row.outcome for row in rows] == [
        "too_little", "invalid_params", "call_failed", "access_denied", "wrong_mode", "invalid_params",
    ]  # fmt: skip
    assert rows[0].error == "Pay something."
    assert "Expected `int`" in rows[1].error
    assert rows[2].arguments == {"text": "a text"}
    assert rows[2].error == "The call failed on the server; its log says why."
    assert {row.user_id for row in rows} == {None}
    assert endpoints.get("till.pay").watches["call"].errors == 3


async def test_names_that_do_not_exist_are_counted_in_one_row() -> None:
    async with socket() as client:
        await client.refused("till.__class__")
        await client.refused("rpc.get", {"path": "till.__dict__"})
        await client.refused("rpc.call", {"path": "nobody.home"})
    (row,) = await _all()
    assert (row.path, row.verb, row.outcome, row.count) == ("", "", "no_such_name", 3)
    assert str(row) == "names that do not exist"
    assert await _all() == [row]


async def test_long_arguments_are_cut(log_all: None) -> None:
    async with socket() as client:
        await client.call("till.pay", {"amount": 1, "note": "x" * 500})
        await client.call("till.pay", {"amount": 1, **{f"name{i}": "y" * 150 for i in range(30)}})
        await client.call("till.pay", {"amount": 1, "note": "x" * 20_000, "password": "secret"})
        await client.call("till.pay", {"amount": 1, "note": "nul \0"})
    short, cut, large, nul = [row.arguments or {} for row in await _all()]
    assert short["note"] == "x" * 200 + "…"
    assert list(cut) == ["…"]
    assert len(cut["…"]) == 2_000
    assert large == {"…": "more than 16384 bytes"}
    assert nul["note"] == "nul \N{REPLACEMENT CHARACTER}"


async def test_arguments_nested_too_deep_cost_no_row(log_all: None) -> None:
    async with socket() as client:
        await client.call("till.pay", [1])
        for depth in (300, 700):
            await client.call("till.pay", {"amount": 1, "deep": json.loads("[" * depth + "]" * depth)})
        await client.call("till.pay", [2])
    rows = await _all()
    assert [row.arguments for row in (rows[0], rows[2], rows[3])] == [
        {"amount": 1}, {"…": "nested too deep"}, {"amount": 2},
    ]  # fmt: skip
    assert len(rows) == 4


async def test_a_user_who_is_gone_is_nobody(log_all: None) -> None:
    user = await User.objects.acreate(username="ann")
    async with signed_in(user) as client:
        await client.call("till.pay", [5])
    await user.adelete()
    (row,) = await _all()
    assert row.user_id is None


@contextmanager
def _database_away() -> Iterator[None]:
    table = CallRecord._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO {table}_away")
        try:
            yield
        finally:
            cursor.execute(f"ALTER TABLE {table}_away RENAME TO {table}")


def _fill(log: CallLog, count: int) -> None:
    from smallweb.core.socket.protocol import Request

    for _ in range(count):
        log.add(
            Request("2.0", "till.pay"), path="till.pay", verb="call", name="pay", listed=(), user_id=None,
            address="", outcome="ok", error="", duration_ms=1.0,
        )  # fmt: skip


@pytest.fixture
def own_log(monkeypatch: pytest.MonkeyPatch) -> Iterator[CallLog]:
    monkeypatch.setattr(row_log, "PAUSE_S", 0.01)
    log = CallLog()
    yield log
    log.forget()


def test_the_thread_writes_by_itself(own_log: CallLog) -> None:
    _fill(own_log, 700)
    wait_for(lambda: CallRecord.objects.count() == 700)
    own_log.count_unknown()
    wait_for(lambda: CallRecord.objects.filter(path="").exists())


def test_what_comes_too_fast_is_dropped_and_told(
    own_log: CallLog, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(row_log, "PAUSE_S", 3600)
    _fill(own_log, row_log.MAX_WAITING + 7)
    with caplog.at_level(logging.WARNING):
        own_log.write()
    assert CallRecord.objects.count() == row_log.MAX_ROWS_AT_ONCE
    assert "7 calls are not in the log of calls" in caplog.text


def test_a_database_that_refuses_costs_rows_and_not_the_thread(
    own_log: CallLog, caplog: pytest.LogCaptureFixture
) -> None:
    with _database_away():
        _fill(own_log, 1)
        wait_for(lambda: "could not be written to the log of calls" in caplog.text)
    _fill(own_log, 1)
    wait_for(lambda: CallRecord.objects.count() == 1)
