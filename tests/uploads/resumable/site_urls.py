"""What the server of these tests serves: uploads, and a folder that takes them."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from smallweb.core.http.body import streams_body
from smallweb.uploads.services.policy import current
from smallweb.uploads.views.resumable import create


@csrf_exempt
@transaction.non_atomic_requests
@streams_body
async def into_album(request: HttpRequest) -> HttpResponseBase:
    """Begin an upload into the folder ``album``, below ``in/``."""
    return await create(request, handler=None, folder=(await current()).folder("album"), prefix="in/")


urlpatterns = [path("album/", into_album), path("uploads/", include("smallweb.uploads.urls"))]
