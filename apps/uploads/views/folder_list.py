"""What is in a folder: a page for people, JSON for programs, or all of it as a ZIP."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from ...core.access import Actor, may
from ...core.encoding import encode
from ...core.http.answers import JSON
from ...core.http.pieces import stream
from ...core.http.refusal import Refusal
from ...core.socket.pool import in_pool
from ..admission import admit
from ..conf import uploads_settings
from ..kinds import html_accept
from ..names import MAX_PATH
from ..services.find_file import find_many
from ..services.list_files import Page, list_files
from ..services.policy import FolderRules
from ..services.serve_file import headers_of
from ..services.settle import described
from ..services.zip_files import ZipPieces

TEMPLATE = "smallweb_uploads/folder.html"
_HEADERS = {
    "Cache-Control": "private, no-cache",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept, Cookie",
}


async def show_folder(request: HttpRequest, rules: FolderRules, path: str) -> HttpResponseBase:
    """List the files that the caller may see, or send them as a ZIP with ``?zip``."""
    after, prefix = (_text(request, name) for name in ("after", "prefix"))
    if "zip" in request.GET:
        return await _zip(request, rules, prefix)
    await admit(request, rules.list_access, name=rules.name, cors=uploads_settings().cors)
    user = request.user
    page = await in_pool(lambda: list_files(rules, user=user, after=after, prefix=prefix))
    following = None if page.next_after is None else _following(request, prefix, page.next_after)
    if "text/html" in request.headers.get("Accept", ""):
        return await in_pool(lambda: _as_html(request, rules, page, following))
    body = {"files": [described(file) for file in page.files], "next": following}
    return HttpResponse(encode(body), content_type=JSON, headers=_HEADERS)


async def _zip(request: HttpRequest, rules: FolderRules, prefix: str) -> HttpResponseBase:
    """Send the named files, or all for those who may list them."""
    paths = [path for path in request.GET.getlist("zip") if path]
    for rule in [rules.read_access] if paths else [rules.list_access, rules.read_access]:
        await admit(request, rule, name=rules.name, cors=uploads_settings().cors)
    files = await in_pool(lambda: find_many(rules, paths, user=request.user, prefix=prefix))
    headers = headers_of(f"{rules.name}.zip", "application/zip")
    if request.method == "HEAD":
        return HttpResponse(headers=headers)
    return stream(request, ZipPieces(files), headers=headers)


def _text(request: HttpRequest, name: str) -> str:
    text = request.GET.get(name, "")
    if len(text) > MAX_PATH or "\0" in text:
        raise Refusal(400, "bad_request", f"{name} is no part of a path of at most {MAX_PATH} characters.")
    return text


def _following(request: HttpRequest, prefix: str, after: str) -> str:
    query = {"after": after, **({"prefix": prefix} if prefix else {})}
    return f"{request.path}?{urlencode(query)}"


def _as_html(request: HttpRequest, rules: FolderRules, page: Page, following: str | None) -> HttpResponse:
    actor = Actor(request.user)
    can_read = bool(rules.read_access) and may(actor, rules.read_access)
    context: dict[str, Any] = {
        "folder": rules,
        "page": page,
        "next": following,
        "can_read": can_read,
        "can_send": rules.takes_files and may(actor, rules.access),
        "accept": html_accept(rules.accept),
        "action": request.path,
    }
    response = render(request, TEMPLATE, context)
    for name, value in _HEADERS.items():
        response[name] = value
    return response
