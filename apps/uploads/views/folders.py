"""Folders of kept files, as a tree of addresses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from ...core.http.body import streams_body
from ...core.http.caller import add_cors
from ...core.http.pieces import made_in_thread
from ...core.socket.pool import in_pool
from ..admission import admit
from ..conf import uploads_settings
from ..names import folder_path
from ..protocols import is_resumable
from ..services.delete_file import delete_at
from ..services.find_file import find_file
from ..services.policy import FolderRules, current
from ..services.put_file import preconditions_of
from ..services.serve_file import serve_stored
from .answers import allow, answered
from .folder_list import show_folder
from .form import take_form
from .preflight import preflight
from .put import put
from .resumable import create
from .resumable_answers import options

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
    acts = _acts(path)
    if request.method == "OPTIONS":
        if "POST" in acts:
            cors = uploads_settings().cors
            return options(request, max_bytes=rules.max_bytes, cors=cors, methods=("OPTIONS", *acts))
        return preflight(request, tuple(acts))
    act = acts.get(request.method or "")
    if act is None:
        raise allow(*acts)
    return await act(request, rules, path)


def _acts(path: str) -> dict[str, Act]:
    """Return what can be done with a folder, a part of it (its path ends with a slash), or a file."""
    if not path:
        return _OF_THE_FOLDER
    return {**_OF_A_FILE, "POST": _send} if path.endswith("/") else _OF_A_FILE


async def _fetch(request: HttpRequest, rules: FolderRules, path: str) -> HttpResponseBase:
    await admit(request, rules.read_access, name=rules.name, cors=uploads_settings().cors)
    found = await in_pool(lambda: find_file(rules, path, user=request.user))
    return await made_in_thread(lambda: serve_stored(request, found))


async def _delete(request: HttpRequest, rules: FolderRules, path: str) -> HttpResponseBase:
    await admit(request, rules.delete_access, name=rules.name, cors=uploads_settings().cors)
    wanted = preconditions_of(request.headers.get("If-Match"), request.headers.get("If-None-Match"))
    await in_pool(lambda: delete_at(rules, path, user=request.user, preconditions=wanted))
    return HttpResponse(status=204)


async def _send(request: HttpRequest, rules: FolderRules, path: str) -> HttpResponseBase:
    """Take the files of a form, or begin a resumable upload; ``path``: where in the folder, with a slash."""
    prefix = f"{folder_path(path.rstrip('/'))}/" if path else ""
    begins = is_resumable(request)
    cors = uploads_settings().cors
    gate = await admit(request, rules.access, name=rules.name, cors=cors, waits_for_form=not begins)
    if begins:
        return await create(request, handler=None, folder=rules, prefix=prefix)
    response = await take_form(request, handler=None, folder=rules, require_token=gate, prefix=prefix)
    if rules.list_access and "text/html" in request.headers.get("Accept", ""):
        return HttpResponseRedirect(reverse("smallweb_uploads:folder", args=[rules.name]), status=303)
    return response


_OF_THE_FOLDER: dict[str, Act] = {"GET": show_folder, "HEAD": show_folder, "POST": _send}
_OF_A_FILE: dict[str, Act] = {"GET": _fetch, "HEAD": _fetch, "PUT": put, "DELETE": _delete}
