"""A request as its session answers it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from http.cookies import CookieError, SimpleCookie
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from ..core.http.body import ClientGone, body_of
from ..core.http.refusal import Refusal
from .conf import sessions_settings
from .exceptions import SessionStuck
from .program.wire import Message
from .services.host_link import ask_host
from .services.open_session import Session
from .services.relay import Line, body_pieces, scope_for_app
from .services.visitor import Visitor
from .serving import answer_limit_s, keep_and_share

_OF_CONNECTION = frozenset({"connection", "keep-alive", "transfer-encoding", "upgrade", "trailer"})
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


async def answer_of(
    request: HttpRequest,
    session: Session,
    visitor: Visitor,
    *,
    path: str,
    root_path: str,
    given: Mapping[str, Any],
) -> HttpResponseBase:
    """Return the app's answer, which may go on for as long as the app likes.

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
    sending = asyncio.ensure_future(_send_body(request, line))
    try:
        message, _ = await line.receive_first(limit_s=answer_limit_s(session))
        if sending.done():
            sending.result()
        return await _response(line, message)
    except SessionStuck:
        line.close()
        await ask_host("stuck", ids=[session.id])
        raise
    except BaseException:
        sending.cancel()
        line.close()
        raise


async def _send_body(request: HttpRequest, line: Line) -> None:
    """Raises Refusal for a body that is too large: the session is told that its client has gone."""
    left = sessions_settings().max_body_bytes
    if request.method not in _WITHOUT_BODY:
        try:
            async for piece in body_of(request):
                left -= len(piece)
                if left < 0:
                    line.close()
                    text = f"The body is larger than {sessions_settings().max_body_bytes} bytes."
                    raise Refusal(413, "too_large", text)
                await line.send({"type": "http.request", "more_body": True}, piece)
        except ClientGone:
            line.close()
            return
    await line.send({"type": "http.request", "more_body": False})


async def _response(line: Line, start: Message) -> HttpResponseBase:
    message, body = await line.receive()
    if message["type"] == "http.response.body" and not message.get("more_body"):
        line.close()
        response: HttpResponseBase = HttpResponse(body, status=start["status"])
    else:
        response = StreamingHttpResponse(body_pieces(line, first=body), status=start["status"])
    del response["Content-Type"]
    for name, value in start.get("headers", ()):
        _add_header(response, name, value)
    return response


def _add_header(response: HttpResponseBase, name: str, value: str) -> None:
    lowered = name.lower()
    if lowered == "set-cookie":
        cookies = SimpleCookie()
        with suppress(CookieError):
            cookies.load(value)
        for key, morsel in cookies.items():
            if key not in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME):
                response.cookies[key] = morsel
    elif lowered == "vary" and lowered in response:
        response["Vary"] = f"{response['Vary']}, {value}"
    elif lowered not in _OF_CONNECTION:
        response[name] = value
