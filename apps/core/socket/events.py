"""``GET /rpc/events?channel=…``: publications for clients without a websocket."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from ..exceptions import BusUnavailable
from .clients import may_ask
from .event_ids import read_positions
from .event_stream import EventStream
from .http_answers import EVENTS, Refused, Stream, refused
from .http_entry import enter
from .protocol import ErrorCode, RpcError


@csrf_exempt  # it changes nothing; with it, a POST hears 405 and not 403
async def events_view(request: HttpRequest) -> HttpResponseBase:
    """Stream what is published on the channels, until the client leaves or its session ends."""
    try:
        stream = EventStream(await enter(request, method="GET"))
        try:
            await _listen(stream, request)
        except BaseException:
            stream.end()
            raise
    except Refused as refusal:
        return refused(refusal)
    return Stream(stream.blocks(), content_type=EVENTS, let_go=stream.end)


async def _listen(stream: EventStream, request: HttpRequest) -> None:
    filters = list(dict.fromkeys(request.GET.getlist("channel")))
    most = stream.limits.socket_max_subscriptions
    if len(filters) > most:
        text = f"{len(filters)} channels are wanted; one stream may have {most}."
        raise Refused(400, ErrorCode.INVALID_REQUEST, text)
    if not may_ask(stream.client, 1 + len(filters), now=stream.loop.time()):
        raise _busy("Too many requests; wait a little.")
    if not stream.place.take(stream.client, most=stream.limits.socket_max_per_client):
        raise _busy("You have too many open connections; close one first.")
    last = request.headers.get("Last-Event-ID", "")
    try:
        await stream.listen(filters, read_positions(last), is_again=last != "")
    except (BusUnavailable, RpcError) as error:
        raise Refused(503, ErrorCode.BUSY, str(error), headers={"Retry-After": "1"}) from error


def _busy(text: str) -> Refused:
    return Refused(429, ErrorCode.BUSY, text, headers={"Retry-After": "5"})
