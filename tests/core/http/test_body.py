"""Bodies that a view takes piece by piece, and the limit of all others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.test import Client

from smallweb.core.http.handler import HttpHandler
from tests.core.http import views
from tests.core.http.requests import Answer, Application, ask, scope_of

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def site(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.core.http.views"
    settings.MIDDLEWARE = ["django.middleware.csrf.CsrfViewMiddleware"]
    views.begun = asyncio.Event()
    views.ended.clear()


async def _send(target: str, pieces: Sequence[bytes | None], **headers: str) -> list[dict[str, Any]]:
    """Send the pieces; None stands for a client that goes away. Return what is answered."""
    sent: list[dict[str, Any]] = []
    messages = [
        {"type": "http.disconnect"}
        if piece is None
        else {"type": "http.request", "body": piece, "more_body": number < len(pieces)}
        for number, piece in enumerate(pieces, 1)
    ]

    async def receive() -> dict[str, Any]:
        if messages:
            return messages.pop(0)
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await HttpHandler()(scope_of("POST", target, headers), receive, send)
    return sent


async def test_a_view_takes_the_pieces_as_they_come() -> None:
    sent = await _send("/counts/?a=b", [b"abc", b"", b"de"])
    assert sent[1]["body"] == b"[3, 2] b"


async def test_the_view_begins_before_the_body_has_come() -> None:
    whole = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if whole.is_set():
            await asyncio.Event().wait()
        if views.begun.is_set():
            whole.set()
            return {"type": "http.request", "body": b"", "more_body": False}
        return {"type": "http.request", "body": b"abc", "more_body": True}

    async def send(message: dict[str, Any]) -> None:
        assert whole.is_set()

    await asyncio.wait_for(HttpHandler()(scope_of("POST", "/counts/", {}), receive, send), 30)


async def test_a_client_that_goes_away_is_told_to_the_view() -> None:
    await _send("/counts/", [b"abc", None])
    assert views.ended == ["gone after 3"]


async def test_a_view_need_not_read_the_body() -> None:
    sent = await _send("/refuses/", [b"abc", b"de"])
    assert sent[0]["status"] == 403


@pytest.mark.parametrize("make", [HttpHandler, ASGIHandler])
async def test_the_same_view_serves_any_handler(make: Callable[[], Application]) -> None:
    assert await ask(make(), "POST", "/counts/", body=b"abc") == Answer(
        200, {b"Content-Type": [b"text/html; charset=utf-8"]}, b"[3] "
    )


def test_the_same_view_serves_wsgi() -> None:
    assert Client().post("/counts/", b"abc", content_type="text/plain").content == b"[3] "


async def test_other_views_get_no_more_than_max_body_bytes(settings: Any) -> None:
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "MAX_BODY_BYTES": 10}
    assert (await ask(HttpHandler(), "POST", "/plain/", body=b"0123456789")).status == 403, "no token"
    assert (await ask(HttpHandler(), "POST", "/plain/", body=b"0123456789x")).status == 413
    told = await ask(HttpHandler(), "POST", "/plain/", {"content-length": "11"})
    assert told.status == 413, "refused before it came"
    assert b"larger than the 10 bytes" in told.body
    assert (await ask(HttpHandler(), "POST", "/counts/", body=b"0123456789x")).status == 200
    assert (await ask(HttpHandler(), "POST", "/plain/", {"content-length": "many"})).status == 403


async def test_a_content_type_that_nobody_can_read_is_a_bad_request() -> None:
    for kind in ('x/y; boundary="' + ";" * 60_000, "multipart/form-data; boundary*=nosuch''B"):
        answer = await ask(HttpHandler(), "POST", "/counts/", {"content-type": kind}, body=b"a")
        assert answer.status == 400, kind[:40]
