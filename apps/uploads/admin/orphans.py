"""What lies on the disks without a row, and rows whose bytes are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ...core.admin import moment_cell
from ...core.exceptions import SmallwebError
from ..services.orphans import Orphan, find_missing, find_orphans, remove_orphan, remove_orphans
from .sizes import size_text

if TYPE_CHECKING:
    from .stored_file import StoredFileAdmin

REMOVE_PERMISSION = "smallweb_uploads.delete_storedfile"
_ALL = "all"


def orphans_view(admin: StoredFileAdmin, request: HttpRequest) -> HttpResponse:
    """Show them; by POST remove one, or all, of those that are older than an hour."""
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "POST"])
    may_remove = request.user.has_perm(REMOVE_PERMISSION)
    if not admin.has_view_permission(request) or (request.method == "POST" and not may_remove):
        raise PermissionDenied
    if request.method == "POST":
        _remove(admin, request)
        return HttpResponseRedirect(request.path)
    now = timezone.now()
    found = find_orphans(now)
    context = {
        **admin.admin_site.each_context(request),
        "title": _("Orphans"),
        "opts": admin.opts,
        "media": admin.media,
        "rows": [_row(orphan, now) for orphan in found],
        "has_old": any(orphan.is_removable(now) for orphan in found),
        "missing": [_missing_row(file) for file in find_missing()],
        "may_remove": may_remove,
    }
    return TemplateResponse(request, "smallweb_uploads/admin/orphans.html", context)


def _remove(admin: StoredFileAdmin, request: HttpRequest) -> None:
    now = timezone.now()
    try:
        removed = remove_orphans(now) if _ALL in request.POST else [_remove_one(request, now)]
    except SmallwebError as error:
        admin.message_user(request, str(error), messages.ERROR)
        return
    for orphan in removed:
        name = f"{orphan.root}/{orphan.place}/{orphan.name}"
        admin.log_use(request, name, _("Orphan removed, %(size)s") % {"size": size_text(orphan.size_bytes)})
    text = ngettext("%(count)d orphan is removed.", "%(count)d orphans are removed.", len(removed))
    admin.message_user(request, text % {"count": len(removed)}, messages.SUCCESS)


def _remove_one(request: HttpRequest, now: Any) -> Orphan:
    root, place, name = (request.POST.get(field, "") for field in ("root", "place", "name"))
    return remove_orphan(root, place, name, now=now)


def _row(orphan: Orphan, now: Any) -> dict[str, Any]:
    return {
        "root": orphan.root,
        "place": orphan.place,
        "name": orphan.name,
        "size": size_text(orphan.size_bytes),
        "since": moment_cell(orphan.since, now=now),
        "is_removable": orphan.is_removable(now),
    }


def _missing_row(file: Any) -> dict[str, Any]:
    url = reverse("admin:smallweb_uploads_storedfile_change", args=[file.pk])
    return {"url": url, "folder": file.folder.name, "path": file.path, "root": file.root, "key": file.key}
