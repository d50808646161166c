"""Folders of kept files, as a tree of addresses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from ...core.http.body import streams_body
from ...core.http.caller import add_cors
from ...core.http.pieces import made_in_thread
from ...core.socket.pool import in_pool
from ..admission import admit
from ..conf import uploads_settings
from ..services.delete_file import delete_at
from ..services.find_file import find_file
from ..services.policy import FolderRules, current
from ..services.put_file import preconditions_of
from ..services.serve_file import serve_stored
from .answers import allow, answered
from .folder_list import show_folder
from .preflight import preflight
from .put import put

Act = Callable[[HttpRequest, FolderRules, str], Awaitable[HttpResponseBase]]


@csrf_exempt  # the gate asks for the token where cookies say who it is
@transaction.non_atomic_requests
@streams_body
async def folder(request: HttpRequest, name: str, path: str = "") -> HttpResponseBase:
    """List a folder, or fetch, put or delete a file of it."""
    response = await answered(request, lambda: _serve(request, name, path), path=f"uploads/folders/{name}")
    add_cors(request, response, uploads_settings().cors)
    return response


async def _serve(request: HttpRequest, name: str, path: str) -> HttpResponseBase:
    rules = (await current()).folder(name)
    acts = _OF_A_FILE if path else _OF_THE_FOLDER
    if request.method == "OPTIONS":
        return preflight(request, tuple(acts))
    act = acts.get(request.method or "")
    if act is None:
        raise allow(*acts)
    return await act(request, rules, path)


async def _fetch(request: HttpRequest, rules: FolderRules, path: str) -> HttpResponseBase:
    await admit(request, rules.read_access, name=rules.name, cors=uploads_settings().cors)
    found = await in_pool(lambda: find_file(rules, path, user=request.user))
    return await made_in_thread(lambda: serve_stored(request, found))


async def _delete(request: HttpRequest, rules: FolderRules, path: str) -> HttpResponseBase:
    await admit(request, rules.delete_access, name=rules.name, cors=uploads_settings().cors)
    wanted = preconditions_of(request.headers.get("If-Match"), request.headers.get("If-None-Match"))
    await in_pool(lambda: delete_at(rules, path, user=request.user, preconditions=wanted))
    return HttpResponse(status=204)


_OF_THE_FOLDER: dict[str, Act] = {"GET": show_folder, "HEAD": show_folder}
_OF_A_FILE: dict[str, Act] = {"GET": _fetch, "HEAD": _fetch, "PUT": put, "DELETE": _delete}
