"""The HTTP answers for the files of the site folders."""

from __future__ import annotations

from typing import TypeVar

from django.core.handlers.asgi import ASGIRequest
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.utils.cache import get_conditional_response
from django.utils.http import http_date

from .byte_range import RangeNotSatisfiable, requested_range
from .content_types import content_type_of
from .open_file import PIECE_BYTES, AsyncPieces, Pieces, SiteFile, open_site_file

R = TypeVar("R", bound=HttpResponseBase)

INDEX = "index.html"
NOT_FOUND = "404.html"


def respond(request: HttpRequest, path: str) -> HttpResponseBase:
    """Answer a GET or HEAD for the URL ``path`` from the site folders, as the files are now.

    Reads the disk: called in a thread. Raises Http404 where the site has no 404.html of its own.
    """
    name = f"{path}{INDEX}" if path == "" or path.endswith("/") else path
    site_file = open_site_file(name)
    if site_file:
        return _serve(request, site_file)
    if name == path and _is_served(f"{path}/{INDEX}"):
        return _with_headers(HttpResponseRedirect(request.get_full_path(force_append_slash=True)))
    return _not_found(request, path)


def _serve(request: HttpRequest, site_file: SiteFile) -> HttpResponseBase:
    try:
        response = _conditional(request, site_file) or _body(request, site_file)
    except BaseException:
        site_file.file.close()
        raise
    if not response.streaming:
        site_file.file.close()
    return response


def _conditional(request: HttpRequest, site_file: SiteFile) -> HttpResponseBase | None:
    """Return the answer that needs no body (304, 412, HEAD), if it is one."""
    head = _with_validators(HttpResponse(), site_file)
    answer = get_conditional_response(request, site_file.etag, int(site_file.found.st_mtime), head)
    if answer is not head:
        return answer
    if request.method == "HEAD":
        head["Content-Length"] = str(site_file.size_bytes)
        return head
    return None


def _body(request: HttpRequest, site_file: SiteFile) -> HttpResponseBase:
    try:
        part = _wanted_part(request, site_file)
    except RangeNotSatisfiable:
        refusal = _with_validators(HttpResponse(status=416), site_file)
        refusal["Content-Range"] = f"bytes */{site_file.size_bytes}"
        return refusal
    positions = range(site_file.size_bytes) if part is None else part
    response = _with_validators(_content(request, site_file, positions), site_file)
    response["Content-Length"] = str(len(positions))
    if part is not None:
        response.status_code = 206
        response["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{site_file.size_bytes}"
    return response


def _wanted_part(request: HttpRequest, site_file: SiteFile) -> range | None:
    header = request.headers.get("Range")
    condition = request.headers.get("If-Range")
    if not header or condition not in (None, site_file.etag, http_date(int(site_file.found.st_mtime))):
        return None
    return requested_range(header, size_bytes=site_file.size_bytes)


def _content(request: HttpRequest, site_file: SiteFile, positions: range) -> HttpResponseBase:
    pieces = Pieces(site_file, positions)
    if len(positions) <= PIECE_BYTES:
        return HttpResponse(b"".join(pieces))
    return StreamingHttpResponse(AsyncPieces(pieces) if isinstance(request, ASGIRequest) else pieces)


def _not_found(request: HttpRequest, path: str) -> HttpResponse:
    """Return the nearest 404.html upwards from ``path``: the site's own one, or its parent's."""
    segments = path.split("/")[:-1]
    for count in range(len(segments), -1, -1):
        site_file = open_site_file("/".join([*segments[:count], NOT_FOUND]))
        if site_file:
            with site_file.file as file:
                content = b"" if request.method == "HEAD" else file.read()
            return _with_headers(HttpResponse(content, status=404, content_type=content_type_of(NOT_FOUND)))
    raise Http404(f"No file of a site folder has the path {path!r}.")


def _is_served(name: str) -> bool:
    site_file = open_site_file(name)
    if site_file:
        site_file.file.close()
    return site_file is not None


def _with_validators(response: R, site_file: SiteFile) -> R:
    response["ETag"] = site_file.etag
    response["Last-Modified"] = http_date(int(site_file.found.st_mtime))
    response["Accept-Ranges"] = "bytes"
    response["Content-Type"] = content_type_of(site_file.name)
    return _with_headers(response)


def _with_headers(response: R) -> R:
    response["X-Content-Type-Options"] = "nosniff"
    # Kept, but asked for again each time: pages change while the server runs.
    response["Cache-Control"] = "no-cache"
    return response
