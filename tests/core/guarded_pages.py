"""The pages of ``guarded_server``."""

from __future__ import annotations

import asyncio
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import re_path

PIECE = b"x" * 2**16
go_on = asyncio.Event()
cut_off: list[int] = []
"""How many bytes of each body came before its client went away."""


async def count(scope: dict[str, Any], receive: Any, send: Any) -> None:
    length = await _body_length(receive)
    await _start(send)
    await _end(send, str(length).encode())


async def _let_go(scope: dict[str, Any], receive: Any, send: Any) -> None:
    go_on.set()
    go_on.clear()
    await count(scope, receive, send)


async def _wait(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Read nothing before somebody says go on."""
    await go_on.wait()
    await count(scope, receive, send)


async def _stream(scope: dict[str, Any], receive: Any, send: Any) -> None:
    length = await _body_length(receive)
    await _start(send)
    await _send_pieces(scope, send)
    await _end(send, str(length).encode())


async def _stream_first(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Send everything before the first look at the body."""
    await _start(send)
    await _send_pieces(scope, send)
    await _end(send, str(await _body_length(receive)).encode())


async def _lengths(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer each piece of the body with its length, at once."""
    await _start(send)
    while (message := await receive())["type"] == "http.request":
        text = b"%d%s" % (len(message["body"]), b"," if message["more_body"] else b".")
        await send({"type": "http.response.body", "body": text, "more_body": True})
        if not message["more_body"]:
            return await _end(send, b"")


async def _refuse(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer without a look at the body."""
    await send({"type": "http.response.start", "status": 403, "headers": [(b"content-length", b"2")]})
    await _end(send, b"no")


async def _break(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await _body_length(receive)
    await _start(send)
    await send({"type": "http.response.body", "body": b"a part", "more_body": True})
    raise ValueError("broken after the response began")


async def _fail(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await receive()
    raise ValueError("broken while the body came")


async def _fall_silent(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await receive()


async def _tell_of_cuts(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await _start(send)
    await _end(send, " ".join(map(str, cut_off)).encode())


async def _start(send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})


async def _send_pieces(scope: dict[str, Any], send: Any) -> None:
    for _ in range(int(scope["query_string"])):
        await send({"type": "http.response.body", "body": PIECE, "more_body": True})


async def _end(send: Any, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body})


async def _body_length(receive: Any) -> int:
    length = 0
    while (message := await receive())["type"] == "http.request":
        length += len(message["body"])
        if not message["more_body"]:
            return length
    cut_off.append(length)
    return length


def _form(request: HttpRequest) -> HttpResponse:
    file = request.FILES.get("f")
    return HttpResponse(f"{request.POST.dict()} {file and file.size}")


urlpatterns = [re_path("", _form)]

PAGES = {
    "/go-on": _let_go,
    "/wait": _wait,
    "/stream": _stream,
    "/stream-first": _stream_first,
    "/lengths": _lengths,
    "/refuse": _refuse,
    "/broken": _break,
    "/fails": _fail,
    "/silent": _fall_silent,
    "/cuts": _tell_of_cuts,
}
