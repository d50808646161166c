"""Stored files by their ids: for those who may read the folder, and for holders of a signed link."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from ...core.http.caller import add_cors, authenticate, require_rate, user_of
from ...core.http.pieces import made_in_thread
from ...core.socket.pool import in_pool
from ..admission import SCOPE
from ..conf import uploads_settings
from ..models import StoredFile
from ..services.find_file import find_by_id, find_linked
from ..services.policy import current
from ..services.serve_file import serve_stored
from ..services.sign import require_link
from .answers import allow, answered
from .preflight import preflight

METHODS = ("GET", "HEAD")


@csrf_exempt  # nothing is changed here; with it, a POST hears 405 and not 403
@transaction.non_atomic_requests
async def file(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """Serve a stored file."""
    response = await answered(request, lambda: _serve(request, uuid), path="uploads/files")
    add_cors(request, response, uploads_settings().cors)
    return response


async def _serve(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    if request.method == "OPTIONS":
        return preflight(request, METHODS)
    if request.method not in METHODS:
        raise allow(*METHODS)
    is_link = "until" in request.GET or "signature" in request.GET
    found = await (_linked if is_link else _allowed)(request, uuid)
    return await made_in_thread(lambda: serve_stored(request, found))


async def _linked(request: HttpRequest, uuid: UUID) -> StoredFile:
    """Return what a signed link opens, for anyone who has it."""
    require_rate(request, "files", per_minute=None)
    until, signature = request.GET.get("until", ""), request.GET.get("signature", "")
    require_link(uuid, until=until, signature=signature, now=timezone.now())
    policy = await current()
    return await in_pool(lambda: find_linked(uuid, policy))


async def _allowed(request: HttpRequest, uuid: UUID) -> StoredFile:
    """Return what the folder's rule lets the caller fetch; nobody learns whether there is a file."""
    await authenticate(request, scope=SCOPE)
    user = await user_of(request)
    require_rate(request, "files", per_minute=None)
    policy = await current()
    return await in_pool(lambda: find_by_id(uuid, policy, user=user))
