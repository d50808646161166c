"""The view of the site folders."""

from __future__ import annotations

import asyncio

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from .sites.responses import respond


@csrf_exempt  # nothing is changed here; with it, a POST hears 405 and not 403
@require_safe
async def serve_site(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """Serve the file of the site folders at the URL ``path``, a folder's index.html for ``.../``."""
    answer = asyncio.ensure_future(asyncio.to_thread(respond, request, path))
    try:
        return await asyncio.shield(answer)
    except asyncio.CancelledError:
        answer.add_done_callback(_close)
        raise


def _close(answer: asyncio.Future[HttpResponseBase]) -> None:
    """Close the file of an answer that nobody waits for any more."""
    if not answer.cancelled() and answer.exception() is None:
        answer.result().close()
