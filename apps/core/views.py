"""The view of the site folders."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from .http.pieces import made_in_thread
from .sites.responses import respond


@csrf_exempt  # nothing is changed here; with it, a POST hears 405 and not 403
@require_safe
async def serve_site(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """Serve the file of the site folders at the URL ``path``, a folder's index.html for ``.../``."""
    return await made_in_thread(lambda: respond(request, path))
