"""The address of a handler: forms, and the beginning of resumable uploads."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from ...core.http.body import streams_body
from ...core.http.caller import add_cors
from ..admission import admit
from ..conf import uploads_settings
from ..protocols import is_resumable
from ..services.policy import current
from .answers import allow, answered
from .form import take_form
from .form_page import form_page, wants_page
from .resumable import create
from .resumable_answers import options


@csrf_exempt  # the gate asks for the token where cookies say who it is
@transaction.non_atomic_requests
@streams_body
async def handle(request: HttpRequest, name: str) -> HttpResponseBase:
    """Give a handler what is sent."""
    response = await answered(request, lambda: _handle(request, name), path=f"uploads/{name}")
    add_cors(request, response, uploads_settings().cors)
    return response


async def _handle(request: HttpRequest, name: str) -> HttpResponseBase:
    rules = (await current()).handler(name)
    handler = rules.handler
    folder = (await current()).folder(handler.folder) if handler.folder else None
    cors = uploads_settings().cors if handler.cors is None else handler.cors
    if request.method == "OPTIONS":
        return options(request, max_bytes=rules.max_bytes, cors=cors, methods=("OPTIONS", "POST"))
    if wants_page(request):
        return await form_page(request, rules, folder)
    if request.method != "POST":
        raise allow("POST")
    begins = is_resumable(request)
    gate = await admit(
        request, rules.access, name=name, cors=cors, per_minute=handler.per_minute, waits_for_form=not begins
    )
    if begins:
        return await create(request, handler=rules, folder=folder)
    return await take_form(request, handler=rules, folder=folder, require_token=gate)
