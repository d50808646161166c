"""Stored files for operators: a list or a grid, previews, links, ZIP, deletion with the bytes."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.forms import Media
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ...core.admin import EMPTY, LiveAdmin, WhoFilter, moment_cell
from ...core.http.pieces import stream
from ..kinds import KINDS
from ..models import StoredFile
from ..registry import handlers
from ..services.store_file import delete_file
from ..services.zip_files import ZipPieces
from .file_views import download_view, link_view, preview_view
from .orphans import orphans_view
from .quota import quota_view
from .shown_content import content_cell
from .sizes import size_text
from .topic import LIVE_TOPIC

MAX_ZIPPED = 1000
LINK_PERMISSION = "smallweb_uploads.change_storedfile"
_VIEW = "view"
_GROUPS = sorted({kind.group for kind in KINDS})


class HandlerFilter(SimpleListFilter):
    """Which handler has put it there; its page leads here."""

    title = gettext_lazy("handler")
    parameter_name = "by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        names = sorted(made.name for made in handlers if made.folder)
        return [("-", _("none: sent to the folder")), *((name, name) for name in names)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        name = self.value()
        return queryset.filter(handler="" if name == "-" else name) if name else queryset


class GroupFilter(SimpleListFilter):
    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(group, group) for group in _GROUPS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        types = {kind.media_type for kind in KINDS if kind.group == self.value()}
        return queryset.filter(content_type__in=types) if types else queryset


class FileList(ChangeList):
    """``?view=grid`` says how the files are shown, not which."""

    is_grid = False

    def get_filters_params(self, params: Any = None) -> Any:
        found = super().get_filters_params(params)
        self.is_grid = found.pop(_VIEW, [""])[-1] == "grid"
        return found

    @property
    def other_view(self) -> str:
        query: str = (
            self.get_query_string(remove=[_VIEW]) if self.is_grid else self.get_query_string({_VIEW: "grid"})
        )
        return query


@admin.register(StoredFile)
class StoredFileAdmin(LiveAdmin):
    """To be read and deleted; files come by uploads alone."""

    live_topic = LIVE_TOPIC
    change_list_template = "smallweb_uploads/admin/stored_files.html"
    change_form_template = "smallweb_uploads/admin/stored_file.html"
    list_display = ("shown_path", "folder", "shown_size", "content_type", "shown_user", "shown_at")
    list_filter = ("folder", HandlerFilter, GroupFilter, WhoFilter, ("created_at", admin.DateFieldListFilter))
    list_select_related = ("folder", "user")
    list_per_page = 60
    search_fields = ("path", "sha256", "content_type", "user__username")
    actions = ("zip_files",)
    fields = (
        "shown_content", "shown_path", "folder", "handler", "shown_size", "content_type", "shown_user",
        "shown_at", "sha256", "uuid", "shown_place",
    )  # fmt: skip
    readonly_fields = fields

    @property
    def media(self) -> Media:
        return super().media + Media(css={"all": ["smallweb_uploads/admin.css"]})

    def get_urls(self) -> list[URLPattern]:
        def own(route: str, view: Any, name: str) -> URLPattern:
            wrapped = self.admin_site.admin_view(view)
            found: URLPattern = path(route, wrapped, name=f"smallweb_uploads_storedfile_{name}")
            return found

        return [
            own("quota/", self.quota_view, "quota"),
            own("orphans/", self.orphans_view, "orphans"),
            own("<int:pk>/preview/", self.preview_view, "preview"),
            own("<int:pk>/download/", self.download_view, "download"),
            own("<int:pk>/link/", self.link_view, "link"),
            *super().get_urls(),
        ]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return FileList

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: StoredFile) -> None:
        delete_file(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[StoredFile]) -> None:
        for file in queryset:
            delete_file(file)

    def quota_view(self, request: HttpRequest) -> HttpResponse:
        return quota_view(self, request)

    def orphans_view(self, request: HttpRequest) -> HttpResponse:
        return orphans_view(self, request)

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        return preview_view(self, request, pk)

    def download_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        return download_view(self, request, pk)

    def link_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        return link_view(self, request, pk)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context["may_link"] = request.user.has_perm(LINK_PERMISSION)
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.action(description=gettext_lazy("download as ZIP"), permissions=["view"])
    def zip_files(self, request: HttpRequest, queryset: QuerySet[StoredFile]) -> HttpResponseBase | None:
        """Send the chosen files, each in a folder that is called as its own."""
        files = list(queryset.select_related("folder")[: MAX_ZIPPED + 1])
        if len(files) > MAX_ZIPPED:
            self.message_user(request, _("Select at most %(count)d files.") % {"count": MAX_ZIPPED}, "error")
            return None
        for file in files:
            file.path = f"{file.folder.name}/{file.path}"
        headers = {
            "Content-Type": "application/zip",
            "Content-Disposition": 'attachment; filename="files.zip"',
        }
        return stream(request, ZipPieces(files), headers=headers)

    @admin.display(description=gettext_lazy("path"), ordering="path")
    def shown_path(self, file: StoredFile) -> SafeString:
        return format_html('<span class="smallweb-long">{}</span>', file.path)

    @admin.display(description=gettext_lazy("size"), ordering="size_bytes")
    def shown_size(self, file: StoredFile) -> str:
        return size_text(file.size_bytes)

    @admin.display(description=gettext_lazy("user"), ordering="user")
    def shown_user(self, file: StoredFile) -> str | SafeString:
        if file.user is None:
            return EMPTY
        url = reverse("admin:smallweb_uploads_storedfile_changelist")
        return format_html('<a href="{}?user__id__exact={}">{}</a>', url, file.user_id, file.user)

    @admin.display(description=gettext_lazy("stored"), ordering="pk")
    def shown_at(self, file: StoredFile) -> SafeString:
        return moment_cell(file.created_at, now=timezone.now())

    @admin.display(description=gettext_lazy("content"))
    def shown_content(self, file: StoredFile) -> SafeString:
        return content_cell(file)

    @admin.display(description=gettext_lazy("place"))
    def shown_place(self, file: StoredFile) -> SafeString:
        return format_html('<code class="smallweb-long">{} {}</code>', file.root, file.key)
