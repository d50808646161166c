"""A request as its session answers it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from ..core.http.body import ClientGone, body_of
from ..core.http.refusal import Refusal
from .conf import sessions_settings
from .exceptions import SessionStuck
from .program.wire import Message
from .services.host_link import ask_host
from .services.open_session import Session
from .services.relay import Line, body_pieces, cookie_of_app, scope_for_app
from .services.visitor import Visitor
from .serving import answer_limit_s, keep_and_share

_OF_CONNECTION = frozenset({"connection", "keep-alive", "transfer-encoding", "upgrade", "trailer"})
_WHOLE_WITHIN_S = 0.02
"""For how long the beginning of an answer waits for the rest, which is often there at once."""
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


async def answer_of(
    request: HttpRequest,
    session: Session,
    visitor: Visitor,
    *,
    path: str,
    root_path: str,
    given: Mapping[str, Any],
    body: bytes | None = None,
) -> HttpResponseBase:
    """Return the app's answer, which may go on for as long as the app likes. ``body`` is what the app gets as
    the request's, None for that itself.

    Raises SessionGone where the process cannot be reached; SessionStuck, after it was ended, where it does
    not begin to answer in time.
    """
    line = Line(keep_and_share(session, visitor))
    scope = scope_for_app(
        request.scope,  # type: ignore[attr-defined]
        path=path,
        root_path=root_path,
        given=given,
    )
    await line.open(session.path, scope)
    limit_s = answer_limit_s(session)
    sending = asyncio.ensure_future(_send_body(request, line, limit_s, body))
    sending.add_done_callback(_retrieve)
    try:
        start = await _start_of(line, sending, limit_s)
        return await _response(request, line, start)
    except SessionStuck:
        line.close()
        await ask_host("stuck", ids=[session.id])
        raise
    except BaseException:
        sending.cancel()
        line.close()
        raise


def _retrieve(sending: asyncio.Future[None]) -> None:
    """An answer that began before its request had ended leaves nobody to be told what became of the rest."""
    if not sending.cancelled():
        sending.exception()


async def _start_of(line: Line, sending: asyncio.Future[None], limit_s: float) -> Message:
    """Return the beginning of the answer; the time is counted from the end of the request's body."""
    receiving = asyncio.ensure_future(line.receive())
    try:
        await asyncio.wait((receiving, sending), return_when=asyncio.FIRST_COMPLETED)
        is_answered = receiving.done() and receiving.exception() is None
        if sending.done() and (isinstance(sending.exception(), Refusal) or not is_answered):
            sending.result()  # who has ended the line says why
        if not receiving.done():
            await asyncio.wait((receiving,), timeout=limit_s or None)
        if not receiving.done():
            raise SessionStuck(f"The session has not answered for {limit_s:g} s; it was ended.")
        return receiving.result()[0]
    finally:
        receiving.cancel()


async def _send_body(request: HttpRequest, line: Line, limit_s: float, body: bytes | None) -> None:
    """Raises Refusal for a body that is too large: the session is told that its client has gone; SessionStuck
    where the session takes nothing more.
    """
    if body is None and request.method not in _WITHOUT_BODY:
        try:
            async for piece in limited_body(request):
                async with asyncio.timeout(limit_s or None):
                    await line.send({"type": "http.request", "more_body": True}, piece)
        except ClientGone:
            line.close()
            return
        except Refusal:
            line.close()
            raise
        except TimeoutError as error:
            text = f"The session has taken nothing for {limit_s:g} s; it was ended."
            raise SessionStuck(text) from error
    await line.send({"type": "http.request", "more_body": False}, body or b"")


async def limited_body(request: HttpRequest) -> AsyncIterator[bytes]:
    """Yield the body as it comes. Raises Refusal for more than ``MAX_BODY_BYTES``, ClientGone."""
    left = sessions_settings().max_body_bytes
    async for piece in body_of(request):
        left -= len(piece)
        if left < 0:
            text = f"The body is larger than {sessions_settings().max_body_bytes} bytes."
            raise Refusal(413, "too_large", text)
        yield piece


async def _response(request: HttpRequest, line: Line, start: Message) -> HttpResponseBase:
    first = asyncio.ensure_future(line.receive())
    await asyncio.wait((first,), timeout=_WHOLE_WITHIN_S)
    if request.method == "HEAD":
        first.cancel()
        line.close()
        response: HttpResponseBase = HttpResponse(status=start["status"])
    elif first.done() and _is_last(first.result()[0]):
        line.close()
        response = HttpResponse(first.result()[1], status=start["status"])
    else:
        response = StreamingHttpResponse(body_pieces(line, first=first), status=start["status"])
    del response["Content-Type"]
    for name, value in start.get("headers", ()):
        _add_header(response, name, value)
    return response


def _is_last(message: Message) -> bool:
    return message["type"] == "http.response.body" and not message.get("more_body")


def _add_header(response: HttpResponseBase, name: str, value: str) -> None:
    lowered = name.lower()
    if lowered == "set-cookie":
        cookie = cookie_of_app(value)
        if cookie is not None:  # there may be more of one name, for other paths
            held = cookie.name in response.cookies
            response.cookies[f"{cookie.name};{value}" if held else cookie.name] = cookie
    elif lowered in response:
        response[name] = f"{response[name]}, {value}"
    elif lowered not in _OF_CONNECTION:
        response[name] = value
