"""The page about controllers: what it shows is served, and answers as it says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.test import AsyncClient, Client

from smallweb.core.models import State, TaskRun
from smallweb.core.services.tokens import create_token
from smallweb.dispatch.models import Ticket
from smallweb.dispatch.services.read_status import status_of
from tests.docs.served_page import Shown, controllers_served, curls_on, send
from tests.source import ROOT

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]

PAGE = ROOT / "docs/dispatch.md"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


@pytest.fixture(autouse=True)
def _the_page() -> Iterator[None]:
    with controllers_served(PAGE):
        yield


async def _printed(response: Any, *, with_headers: bool) -> str:
    streamed = [piece async for piece in response] if response.streaming else [response.content]
    text = b"".join(streamed).decode().removesuffix("\n") + "\n"
    if not with_headers:
        return text
    shown = "".join(f"{name}: {response[name]}\n" for name in ("Content-Type", "Location"))
    return f"HTTP/1.1 {response.status_code} {response.reason_phrase}\n{shown}\n{text}"


@pytest.mark.parametrize("shown", curls_on(PAGE), ids=lambda shown: f"line {shown.line} {shown.command}")
async def test_curl_prints_what_is_shown(async_client: AsyncClient, shown: Shown) -> None:
    token = await sync_to_async(_token_of_ann)()
    response = await send(async_client, shown.command.replace("$TOKEN", token))
    printed = await _printed(response, with_headers=" -i " in shown.command)
    assert UUID.sub("<id>", printed) == UUID.sub("<id>", shown.output)


def _token_of_ann() -> str:
    return create_token(User.objects.create_user("ann"), name="docs", scopes=["dispatch"])[1]


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/diary/Diary", 200, "text/html; charset=utf-8"),
        ("/diary/Diary/teapot", 418, "text/plain; charset=utf-8"),
        ("/diary/Diary/days", 200, "text/plain; charset=utf-8"),
        ("/diary/Diary/weights", 200, "application/x-ndjson"),
        ("/diary/Diary/start_page", 302, "text/html; charset=utf-8"),
        ("/shed/Tools/page", 401, "text/plain; charset=utf-8"),
        ("/shed/Tools/list", 200, "application/json"),
        ("/shed/Tools/note", 404, "text/html; charset=utf-8"),
        ("/hives/Hive/honey", 401, "text/plain; charset=utf-8"),
        ("/orders/Order/mine", 401, "text/plain; charset=utf-8"),
        ("/orders/Order/send", 405, "text/plain; charset=utf-8"),
    ],
)
def test_what_is_answered(client: Client, path: str, status: int, kind: str) -> None:
    response = client.get(path)
    assert (response.status_code, response["Content-Type"]) == (status, kind)


def test_a_rule_of_the_sites_own_decides(client: Client) -> None:
    client.force_login(User.objects.create_user("eve", email="eve@example.org"))
    assert client.get("/hives/Hive/honey").status_code == 403
    client.force_login(User.objects.create_user("bea", email="bea@bees.example"))
    assert client.get("/hives/Hive/honey").content == b"12 jars"
    assert client.post("/hives/Hive/move", {"to": "hill"}).status_code == 403


def test_a_private_method_is_started(client: Client) -> None:
    answer = client.post("/winter/Winter/prepare", {"beds": "3"})
    assert UUID.sub("<id>", answer.content.decode()) == "<a href='/status/<id>'>How far is it?</a>"


def test_each_status_reads_as_shown(client: Client) -> None:
    client.post("/water/Water/all_beds", {"beds": "3"})
    ticket = Ticket.objects.get()
    told = {"status": "inProgress", "state": {"number": 1, "total": 3, "title": "Watering"}}
    rows: list[tuple[State, dict[str, object]]] = [
        (State.READY, {}), (State.RUNNING, {}), (State.RUNNING, {"progress": told}),
        (State.SUCCESSFUL, {"result": 3}), (State.FAILED, {"error": "ValueError: no water"}),
        (State.LOST, {"error": "…"}), (State.CANCELLED, {}),
    ]  # fmt: skip
    shown = re.findall(r'^\| .+ \| `(\{"status".+\})` \|$', PAGE.read_text(), re.MULTILINE)
    for (state, fields), wanted in zip(rows, shown, strict=True):
        ticket.run = TaskRun(state=state, **fields)
        said = status_of(ticket)
        if state == State.LOST:
            said["error"] = "…"
        assert said == json.loads(wanted)
