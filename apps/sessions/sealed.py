"""Parano mode: what comes from a page is taken encrypted only, and what goes to it is encrypted.

The server decides by the session alone: nothing that a client sends or leaves out makes it speak in clear.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any
from urllib.parse import parse_qs

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from ..core.http.body import ClientGone
from ..core.http.refusal import Refusal
from .exceptions import SealBroken, SessionGone
from .http_line import answer_of, limited_body
from .peer import Peer
from .program.wire import Message
from .services.open_session import Session
from .services.sealing import Seal, event_of, seal_of_connection, seal_of_requests
from .services.visitor import Visitor

UNSEALED = 4400
"""Closes the socket of a page that is in parano mode, after a message that the page did not encrypt."""

_EVENT = b"data: "


async def sealed_socket(session: Session, scope: dict[str, Any], receive: Any, peer: Peer) -> Any:
    """Return a ``receive`` that opens what the page sends; what ``peer`` sends is sealed from now on.

    Raises SealBroken where the page has given no key.
    """
    query = parse_qs(scope["query_string"].decode("latin-1"))
    seal, own_key = seal_of_connection(session.id, "socket", _one(query.get("key")))
    await peer.send({"type": "websocket.accept"})
    await peer.send({"type": "websocket.send", "text": json.dumps({"key": own_key})})
    peer.change = lambda message: _sealed(seal, message)

    async def receive_opened() -> Message:
        message: Message = await receive()
        if message["type"] != "websocket.receive":
            return message
        try:
            return {**message, "text": seal.open(message.get("bytes") or b"").decode(), "bytes": None}
        except (SealBroken, UnicodeDecodeError):
            await peer.close(UNSEALED)
            return {"type": "websocket.disconnect", "code": UNSEALED}

    return receive_opened


def _sealed(seal: Seal, message: Message) -> Message | None:
    """Return the message of the app as the page gets it; the socket was accepted before the app did."""
    if message["type"] == "websocket.accept":
        return None
    if message["type"] == "websocket.send":
        return {"type": "websocket.send", "bytes": seal.seal(message["text"].encode())}
    return message


async def sealed_call(request: HttpRequest, session: Session, visitor: Visitor) -> HttpResponseBase:
    """Serve one interaction. Raises Refusal 400 for what the page did not encrypt, or sent before."""
    page = request.GET.get("page", "")
    try:
        body = b"".join([piece async for piece in limited_body(request)])
        if not page.isdecimal():
            raise SealBroken("The request does not say which page sends it.")
        seal = seal_of_requests(session.id, page, request.GET.get("key", ""))
        data = seal.open(body, may_leave_out=True)
    except SealBroken as error:
        raise Refusal(400, error.code, str(error)) from error
    except ClientGone as error:
        raise SessionGone("The client has gone.") from error
    given = {"sealed": {"page": int(page), "number": seal.up}}
    response = await answer_of(request, session, visitor, path="/call", root_path="", given=given, body=data)
    if response.status_code != 200 or not isinstance(response, HttpResponse):
        return response
    seal.down = seal.up - 1  # the answer has the number of its question
    response.content = seal.seal(response.content)
    response["Content-Type"] = "application/octet-stream"
    return response


async def sealed_pushes(request: HttpRequest, session: Session, visitor: Visitor) -> HttpResponseBase:
    """Serve what the app pushes. Raises Refusal 400 where the page has given no key."""
    try:
        seal, own_key = seal_of_connection(session.id, "pushes", request.GET.get("key", ""))
    except SealBroken as error:
        raise Refusal(400, error.code, str(error)) from error
    response = await answer_of(request, session, visitor, path="/pushes", root_path="", given={})
    if not isinstance(response, StreamingHttpResponse):
        return response
    events = response.streaming_content
    response.streaming_content = _sealed_events(seal, own_key, events)
    return response


async def _sealed_events(seal: Seal, own_key: str, events: Any) -> AsyncIterator[bytes]:
    """Yield each event of the app encrypted; they come one by one, as the app sends them."""
    yield _EVENT + json.dumps({"key": own_key}).encode() + b"\n\n"
    async with aclosing(events):
        async for event in events:
            yield event_of(seal.seal(event.removeprefix(_EVENT).removesuffix(b"\n\n")))


def _one(values: list[str] | None) -> str:
    return values[0] if values else ""
