"""The page at a handler's address: a form for people, which works without scripts, too."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from ...core.http.caller import authenticate
from ...core.socket.pool import in_pool
from ..admission import SCOPE, require_access
from ..kinds import html_accept
from ..services.complete import file_rules
from ..services.policy import FolderRules, HandlerRules

TEMPLATE = "smallweb_uploads/form.html"


def wants_page(request: HttpRequest) -> bool:
    """Whether a person looks at the address."""
    return request.method in ("GET", "HEAD") and "text/html" in request.headers.get("Accept", "")


async def form_page(request: HttpRequest, rules: HandlerRules, folder: FolderRules | None) -> HttpResponse:
    """Return the page for whoever may send there. Raises Refusal."""
    await authenticate(request, scope=SCOPE)
    await require_access(request, rules.access)
    response = await in_pool(lambda: render(request, TEMPLATE, _context(request, rules, folder)))
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Accept", "Cookie"])
    return response


def _context(request: HttpRequest, rules: HandlerRules, folder: FolderRules | None) -> dict[str, object]:
    of_files = file_rules(rules, folder)
    return {
        "name": rules.handler.name,
        "action": request.path,
        "kinds": ", ".join(of_files.accept),
        "accept": html_accept(of_files.accept),
        "max_bytes": of_files.max_bytes,
        "max_files": rules.max_files,
    }
