"""Who keeps most, and how full the folders are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from ...core.admin import table
from ..conf import uploads_settings
from ..models import UploadFolder
from ..services.describe_usage import folder_usage, top_users
from .links import list_url
from .usage_cells import usage_cell

if TYPE_CHECKING:
    from .stored_file import StoredFileAdmin

TOP = 20


def quota_view(admin: StoredFileAdmin, request: HttpRequest) -> HttpResponse:
    if not admin.has_view_permission(request):
        raise PermissionDenied
    context = {
        **admin.admin_site.each_context(request),
        "title": _("What is taken"),
        "opts": admin.opts,
        "media": admin.media,
        "users": _users(),
        "folders": _folders(),
        "top": TOP,
    }
    return TemplateResponse(request, "smallweb_uploads/admin/quota.html", context)


def _users() -> object:
    most = uploads_settings().user_quota_bytes
    rows = [
        (_link(list_url("storedfile", user__id__exact=user.pk), user), usage_cell(usage, most_bytes=most))
        for user, usage in top_users(count=TOP)
    ]
    return table([_("User"), _("Taken")], rows, label=_("Users")) if rows else ""


def _folders() -> object:
    folders = list(UploadFolder.objects.all())
    usage = folder_usage(folders)
    rows = [
        (
            _link(list_url("storedfile", folder__id__exact=folder.pk), folder),
            usage_cell(usage[folder.pk], most_bytes=folder.quota_bytes),
        )
        for folder in sorted(folders, key=lambda folder: -usage[folder.pk].taken_bytes)
    ]
    return table([_("Folder"), _("Taken")], rows, label=_("Folders")) if rows else ""


def _link(url: str, text: object) -> str:
    return format_html('<a href="{}">{}</a>', url, text)
