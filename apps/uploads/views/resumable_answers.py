"""What the addresses of resumable uploads answer, in the words of either protocol."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from ...core.encoding import encode
from ...core.http.caller import add_cors, is_named
from ..exceptions import UploadError
from ..models import Upload
from ..protocols import ietf, tus
from ..services.complete import Completion
from ..services.resumable import Addition
from ..services.target import Target
from .answers import answer_to

_PREFERENCE = "return=representation"
_OF_REQUESTS = (
    *tus.HEADERS, *ietf.HEADERS, "Authorization", "Content-Type", "Prefer", "X-CSRFToken",
    "X-HTTP-Method-Override", "X-Requested-With",
)  # fmt: skip
_OF_ANSWERS = (*tus.HEADERS, *ietf.HEADERS, "Location", "Accept-Patch", "Preference-Applied")
_PREFLIGHT_S = 7200


def location_of(upload: uuid.UUID | str) -> str:
    return reverse("smallweb_uploads:resumable", args=[upload])


def state_headers(upload: Upload, *, offset: int, target: Target) -> dict[str, str]:
    """Return how far the upload is, as its protocol says it."""
    now = timezone.now()
    if upload.protocol == Upload.Protocol.TUS:
        return tus.answer_headers(upload, offset=offset, now=now)
    return ietf.answer_headers(upload, offset=offset, max_bytes=target.max_bytes, now=now)


def acknowledged(upload: Upload, *, offset: int, target: Target, is_new: bool) -> HttpResponse:
    """Answer a request whose bytes are on the disk, and after which more may come."""
    response = HttpResponse(status=201 if is_new else 204)
    return _with(response, upload, state_headers(upload, offset=offset, target=target), is_new=is_new)


def completed(
    request: HttpRequest, upload: Upload, completion: Completion, *, target: Target, is_new: bool
) -> HttpResponse:
    """Answer the request that brought the last bytes: with what became of them, where that is wanted."""
    headers = state_headers(upload, offset=upload.length_bytes or 0, target=target)
    if upload.protocol == Upload.Protocol.TUS:
        is_wanted = _PREFERENCE in request.headers.get("Prefer", "").replace(" ", "")
        if not is_wanted and completion.status < 400:
            return acknowledged(upload, offset=upload.length_bytes or 0, target=target, is_new=is_new)
        headers |= {"Preference-Applied": _PREFERENCE} if is_wanted else {}
        if completion.status < 400:
            return _with(_reply(completion, 201 if is_new else 200), upload, headers, is_new=is_new)
        return _with(_reply(completion, completion.status), upload, headers, is_new=is_new)
    response = _reply(completion, completion.status)
    return _with(response, upload, headers, is_new=is_new and "Location" not in response)


def described(upload: Upload, *, offset: int, target: Target) -> HttpResponse:
    """Answer HEAD."""
    headers = state_headers(upload, offset=offset, target=target)
    if upload.protocol == Upload.Protocol.TUS:
        headers |= tus.described(upload, locations=[location_of(part) for part in upload.parts])
        return _with(HttpResponse(status=200), upload, headers)
    return _with(HttpResponse(status=204), upload, headers)


def refused(
    request: HttpRequest,
    error: Exception,
    upload: Upload,
    *,
    offset: int | None,
    target: Target,
    addition: Addition | None,
    is_new: bool,
) -> HttpResponse:
    """Answer what went wrong with an upload, and from where it may be gone on with."""
    headers = {} if offset is None else state_headers(upload, offset=offset, target=target)
    response = _problem(error, upload, offset=offset, addition=addition)
    response = response or answer_to(request, error, path="uploads/resumable")
    if upload.protocol == Upload.Protocol.IETF and upload.received_at is not None:
        headers["Upload-Complete"] = "?1"
    return _with(response, upload, headers, is_new=is_new)


def options(
    request: HttpRequest, *, max_bytes: int, cors: Sequence[str], methods: Sequence[str]
) -> HttpResponse:
    """Answer OPTIONS: what is spoken here, and to a browser what pages of named origins may send."""
    response = HttpResponse(status=204)
    told = {**tus.discovery(max_bytes=max_bytes), **ietf.discovery(max_bytes=max_bytes)}
    for name, value in {**told, "Allow": ", ".join(methods)}.items():
        response[name] = value
    expose(request, response, cors)
    if is_named(request, cors):
        response["Access-Control-Allow-Methods"] = ", ".join(methods)
        response["Access-Control-Allow-Headers"] = ", ".join(dict.fromkeys(_OF_REQUESTS))
        response["Access-Control-Max-Age"] = str(_PREFLIGHT_S)
    return response


def expose(request: HttpRequest, response: HttpResponseBase, cors: Sequence[str]) -> None:
    """Let pages of named origins read the answer and its headers."""
    add_cors(request, response, cors)
    if is_named(request, cors):
        response["Access-Control-Expose-Headers"] = ", ".join(dict.fromkeys(_OF_ANSWERS))


def _problem(
    error: Exception, upload: Upload, *, offset: int | None, addition: Addition | None
) -> HttpResponse | None:
    if upload.protocol != Upload.Protocol.IETF or not isinstance(error, UploadError):
        return None
    provided = None if addition is None else addition.offset
    problem = ietf.problem_of(error, offset=offset, provided=provided)
    if problem is None:
        return None
    return HttpResponse(encode(problem), status=error.status, content_type="application/problem+json")


def _reply(completion: Completion, status: int) -> HttpResponse:
    response = HttpResponse(completion.body or b"", status=status)
    for name, value in completion.headers.items():
        if name.lower() != "content-length":
            response[name] = value
    return response


def _with(
    response: HttpResponse, upload: Upload, headers: Mapping[str, str], *, is_new: bool = False
) -> HttpResponse:
    for name, value in headers.items():
        response[name] = value
    if is_new:
        response["Location"] = location_of(upload.uuid)
    if not response.content and response.status_code < 300:
        del response["Content-Type"]
    response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ("Cookie", "Authorization"))
    return response
