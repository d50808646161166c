"""The HTTP answers for the files of the site folders."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect

from ..http.send_file import send_file
from .content_types import content_type_of
from .open_file import HEADERS, open_site_file

INDEX = "index.html"
NOT_FOUND = "404.html"


def respond(request: HttpRequest, path: str) -> HttpResponseBase:
    """Answer a GET or HEAD for the URL ``path`` from the site folders, as the files are now.

    Reads the disk: called in a thread. Raises Http404 where the site has no 404.html of its own.
    """
    name = f"{path}{INDEX}" if path == "" or path.endswith("/") else path
    page = open_site_file(name)
    if page:
        return send_file(request, page)
    if name == path and _is_served(f"{path}/{INDEX}"):
        return HttpResponseRedirect(request.get_full_path(force_append_slash=True), headers=HEADERS)
    return _not_found(request, path)


def _not_found(request: HttpRequest, path: str) -> HttpResponse:
    """Return the nearest 404.html upwards from ``path``: the site's own one, or its parent's."""
    segments = path.split("/")[:-1]
    for count in range(len(segments), -1, -1):
        page = open_site_file("/".join([*segments[:count], NOT_FOUND]))
        if page:
            with page.file as file:
                content = b"" if request.method == "HEAD" else file.read()
            headers = {"Content-Type": content_type_of(NOT_FOUND), **HEADERS}
            return HttpResponse(content, status=404, headers=headers)
    raise Http404(f"No file of a site folder has the path {path!r}.")


def _is_served(name: str) -> bool:
    page = open_site_file(name)
    if page:
        page.file.close()
    return page is not None
