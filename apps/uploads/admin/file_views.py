"""What the admin serves of stored files, and the links that it makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from ...core.admin import duration_text
from ..conf import uploads_settings
from ..exceptions import UploadError
from ..models import StoredFile
from ..services.blobs import get_root
from ..services.make_preview import CONTENT_TYPE
from ..services.serve_file import headers_of, serve_stored
from ..services.sign import signed_url

if TYPE_CHECKING:
    from .stored_file import StoredFileAdmin


def preview_view(admin: StoredFileAdmin, request: HttpRequest, pk: int) -> HttpResponseBase:
    """Serve the small picture, which a worker has made from the pixels of the file."""
    file = _visible(admin, request, pk)
    if not file.preview_key:
        raise Http404("It has no preview.")
    try:
        with get_root(file.root).open(file.preview_key) as opened:
            content = opened.read()
    except UploadError as error:
        raise Http404(str(error)) from error
    headers = {
        **headers_of("preview.webp", CONTENT_TYPE, attachment=False),
        "Cache-Control": "private, max-age=600",
    }
    return HttpResponse(content, headers=headers)


def download_view(admin: StoredFileAdmin, request: HttpRequest, pk: int) -> HttpResponseBase:
    file = _visible(admin, request, pk)
    try:
        return serve_stored(request, file)
    except UploadError as error:
        raise Http404(str(error)) from error


def link_view(admin: StoredFileAdmin, request: HttpRequest, pk: int) -> HttpResponseBase:
    """Make a link by POST, and show it once; the log says that there is one, not which."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    file = _visible(admin, request, pk)
    if not request.user.has_perm("smallweb_uploads.change_storedfile"):
        raise PermissionDenied
    seconds = uploads_settings().link_seconds
    url = signed_url(file, request=request)
    lasts = duration_text(seconds)
    admin.log_change(request, file, _("Link that opens it for anyone, for %(time)s") % {"time": lasts})
    text = _("Whoever has this link may fetch the file for %(time)s:") % {"time": lasts}
    shown = format_html('{} <a class="smallweb-long" href="{}">{}</a>', text, url, url)
    admin.message_user(request, shown, messages.SUCCESS)
    return HttpResponseRedirect(reverse("admin:smallweb_uploads_storedfile_change", args=[file.pk]))


def _visible(admin: StoredFileAdmin, request: HttpRequest, pk: int) -> StoredFile:
    file = StoredFile.objects.select_related("folder").filter(pk=pk).first()
    if not admin.has_view_permission(request, file):
        raise PermissionDenied
    if file is None:
        raise Http404("There is no such file.")
    return file
