"""``POST /rpc/``: one message of JSON-RPC 2.0, and its answer."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from ..conf import core_settings
from .batches import refusal_text
from .clients import Client, client_of, may_ask, running
from .http_answers import JSON, JSON_LINES, Refused, Stream, answered, refused
from .http_entry import enter
from .http_peer import HttpPeer
from .protocol import ErrorCode, Frame, Request, RpcError, parse
from .rights import Rights


@csrf_exempt  # enter() asks for the token where cookies say who it is
async def call_view(request: HttpRequest) -> HttpResponseBase:
    """Serve one message: 200 with its answer, or 204 without one. By any other status nothing was served.

    Who accepts JSON Lines gets what the calls tell of their progress, too.
    """
    try:
        return await _serve(request)
    except Refused as refusal:
        return refused(refusal)


async def _serve(request: HttpRequest) -> HttpResponseBase:
    scope = await enter(request, method="POST")
    frame = parse(_body(request))
    rights = Rights(scope)
    client = client_of(scope, rights)
    _require_rate(client, frame)
    if JSON_LINES not in request.headers.get("Accept", "") or _is_silent(frame):
        return answered(await _whole(HttpPeer(rights, streams=False), client, frame))
    peer = HttpPeer(rights, streams=True)
    return Stream(_lines(peer, client, frame), content_type=JSON_LINES, let_go=peer.end)


def _body(request: HttpRequest) -> bytes:
    if request.content_type != JSON:
        text = f"The content type is {request.content_type!r}; send {JSON}."
        raise Refused(415, ErrorCode.INVALID_REQUEST, text, headers={"Accept": JSON})
    most = core_settings().socket_max_message_bytes
    data = request.read(most + 1)
    if len(data) > most:
        raise Refused(413, ErrorCode.INVALID_REQUEST, f"The message is longer than {most} bytes.")
    return bytes(data)


def _is_silent(frame: Frame) -> bool:
    """Whether the message asks for no answer."""
    return all(isinstance(entry, Request) and entry.is_notification for entry in frame.entries)


def _require_rate(client: Client | None, frame: Frame) -> None:
    if not may_ask(client, len(frame.entries), now=time.monotonic()):
        rate = core_settings().socket_client_messages_per_s
        raise _busy(frame, RpcError(ErrorCode.BUSY, f"Too many requests; {rate:g} a second are served."))


def _busy(frame: Frame, error: RpcError) -> Refused:
    text = refusal_text(frame, error)
    return Refused(429, ErrorCode.BUSY, str(error), headers={"Retry-After": "1"}, text=text)


def _too_many(peer: HttpPeer) -> RpcError:
    most = peer.limits.socket_max_in_flight
    return RpcError(ErrorCode.BUSY, f"{most} of your requests are running; wait for one to end.")


async def _whole(peer: HttpPeer, client: Client | None, frame: Frame) -> str | None:
    """Return the answer, None when there is none. Raises Refused."""
    answer = None
    with running(client, most=peer.limits.socket_max_in_flight) as may_run:
        if not may_run:
            raise _busy(frame, _too_many(peer))
        async with aclosing(peer.answers(frame)) as texts:
            async for text in texts:
                answer = text
    return answer


async def _lines(peer: HttpPeer, client: Client | None, frame: Frame) -> AsyncGenerator[str, None]:
    """Yield what is told, then the answer. Nothing is begun before the response is."""
    with running(client, most=peer.limits.socket_max_in_flight) as may_run:
        if not may_run:
            yield f"{refusal_text(frame, _too_many(peer))}\n"
            return
        async with aclosing(peer.answers(frame)) as texts:
            async for text in texts:
                yield f"{text}\n"
