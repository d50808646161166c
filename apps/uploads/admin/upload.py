"""Uploads for operators: what comes in now, what became of the rest."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.forms import Media
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ...core.admin import (
    EMPTY,
    Done,
    LiveAdmin,
    Operation,
    OperationsAdmin,
    WhoFilter,
    block,
    json_block,
    live_cell,
    moment_cell,
    shortened,
    state_cell,
)
from ...core.admin.task_operations import RETRY_PERMISSION
from ...core.models import State
from ..models import Upload
from ..registry import folders, handlers
from ..services.abort_upload import abort_upload, is_abortable
from ..services.call_again import call_again, is_callable_again
from .sizes import size_text
from .topic import LIVE_TOPIC

ABORT_PERMISSION = "smallweb_uploads.abort_upload"
_FOLDERS = "folders/"


class TargetFilter(SimpleListFilter):
    """The handlers and folders of the code; the pages of both lead here."""

    title = gettext_lazy("target")
    parameter_name = "to"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        names = {made.name for made in handlers} | {_FOLDERS + made.name for made in folders}
        chosen = request.GET.get(self.parameter_name)
        return [(name, name) for name in sorted(names | ({chosen} if chosen else set()))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        name = self.value()
        if not name:
            return queryset
        if name.startswith(_FOLDERS):
            return queryset.filter(folder=name.removeprefix(_FOLDERS))
        return queryset.filter(handler=name)


def _abort(upload: Upload, now: datetime) -> Done:
    abort_upload(upload, now=now)
    return Done(_("%(upload)s is aborted.") % {"upload": upload})


def _call_again(upload: Upload, now: datetime) -> Done:
    call_again(upload, now=now)
    return Done(_("The handler of %(upload)s is called again by a worker.") % {"upload": upload})


@admin.register(Upload)
class UploadAdmin(OperationsAdmin, LiveAdmin):
    """To be read. The id in the address of an upload lets whoever knows it go on with a visitor's: it is
    shown to nobody.
    """

    live_topic = LIVE_TOPIC
    show_full_result_count = False
    operations = (
        Operation(
            name="abort", label=gettext_lazy("abort"), permission=ABORT_PERMISSION, do=_abort,
            is_offered=is_abortable,
        ),
        Operation(
            name="call_again", label=gettext_lazy("call the handler again"), permission=RETRY_PERMISSION,
            do=_call_again, is_offered=is_callable_again,
        ),
    )  # fmt: skip
    list_display = ("shown_way", "shown_name", "shown_state", "shown_pace", "shown_begin", "shown_user")
    list_filter = ("state", TargetFilter, "protocol", WhoFilter, ("created_at", admin.DateFieldListFilter))
    list_select_related = ("user", "run")
    search_fields = ("path", "error", "address", "user__username")
    readonly_fields = (
        "shown_target", "shown_name", "content_type", "protocol", "shown_state", "shown_progress",
        "shown_speed", "shown_user", "address", "shown_begin", "shown_activity", "shown_expiry",
        "shown_end", "shown_run", "shown_error", "shown_text", "shown_files", "shown_result",
    )  # fmt: skip
    fields = readonly_fields

    @property
    def media(self) -> Media:
        return super().media + Media(css={"all": ["smallweb_uploads/admin.css"]})

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What is open is aborted, not deleted: its files would be left."""
        return super().has_delete_permission(request, obj) and (obj is None or obj.is_over)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        may_see = request.user.has_perm("smallweb_core.view_taskrun")
        return [name for name in self.readonly_fields if name != "shown_run" or may_see]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("run__result", "run__traceback", "run__arguments")

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Never by what the page hides: guesses at it would tell."""
        hidden = ("text", "result", "files", "uuid", "metadata", "parts", "run__")
        return not lookup.startswith(hidden) and super().lookup_allowed(lookup, value, request)

    @admin.display(description=gettext_lazy("target"), ordering="handler")
    def shown_target(self, upload: Upload) -> str:
        return upload.target

    @admin.display(description=gettext_lazy("target"), ordering="handler")
    def shown_way(self, upload: Upload) -> SafeString:
        """The target, and below it the protocol."""
        shown = '{} <span class="smallweb-quiet">{}</span>'
        return format_html(shown, upload.target, upload.get_protocol_display())

    @admin.display(description=gettext_lazy("name"), ordering="path")
    def shown_name(self, upload: Upload) -> SafeString:
        names = [upload.path] if upload.path else [str(part.get("filename", "")) for part in upload.files]
        return format_html('<span class="smallweb-long">{}</span>', shortened(", ".join(names)))

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def shown_state(self, upload: Upload) -> SafeString:
        words = '{} <div class="smallweb-doc">{}</div>'
        said = shortened(upload.error) if upload.error else _doing(upload)
        return live_cell(upload, "state", format_html(words, state_cell(upload.state), said))

    @admin.display(description=gettext_lazy("received"), ordering="received_bytes")
    def shown_progress(self, upload: Upload) -> SafeString:
        size = size_text(upload.received_bytes)
        if upload.length_bytes is None or upload.is_over or upload.received_at is not None:
            return live_cell(upload, "progress", size)
        words = _("%(size)s of %(length)s") % {"size": size, "length": size_text(upload.length_bytes)}
        share = upload.received_bytes / max(upload.length_bytes, 1)
        return live_cell(upload, "progress", _bar(share, words))

    @admin.display(description=gettext_lazy("received"), ordering="received_bytes")
    def shown_pace(self, upload: Upload) -> SafeString:
        """How much, and below it how fast."""
        speed = "" if (said := speed_text(upload)) == EMPTY else said
        return format_html(
            '{}<div class="smallweb-doc">{}</div>',
            self.shown_progress(upload),
            live_cell(upload, "pace", speed),
        )

    @admin.display(description=gettext_lazy("speed"))
    def shown_speed(self, upload: Upload) -> SafeString:
        return live_cell(upload, "speed", speed_text(upload))

    @admin.display(description=gettext_lazy("begun"), ordering="pk")
    def shown_begin(self, upload: Upload) -> SafeString:
        return live_cell(upload, "begin", moment_cell(upload.created_at, now=timezone.now()))

    @admin.display(description=gettext_lazy("last heard of"))
    def shown_activity(self, upload: Upload) -> SafeString:
        return live_cell(upload, "activity", moment_cell(upload.active_at, now=timezone.now()))

    @admin.display(description=gettext_lazy("expires"))
    def shown_expiry(self, upload: Upload) -> SafeString:
        at = None if upload.is_over else upload.expires_at
        return live_cell(upload, "expiry", moment_cell(at, now=timezone.now()))

    @admin.display(description=gettext_lazy("finished"))
    def shown_end(self, upload: Upload) -> SafeString:
        return live_cell(upload, "end", moment_cell(upload.finished_at, now=timezone.now()))

    @admin.display(description=gettext_lazy("user"), ordering="user")
    def shown_user(self, upload: Upload) -> str | SafeString:
        if upload.user is None:
            return EMPTY
        url = reverse("admin:smallweb_uploads_upload_changelist")
        return format_html('<a href="{}?user__id__exact={}">{}</a>', url, upload.user_id, upload.user)

    @admin.display(description=gettext_lazy("run"))
    def shown_run(self, upload: Upload) -> SafeString:
        if upload.run_id is None:
            return live_cell(upload, "run", EMPTY)
        url = reverse("admin:smallweb_core_taskrun_change", args=[upload.run_id])
        link = format_html('<a href="{}">{}</a>', url, _("attempts, log and traceback"))
        return live_cell(upload, "run", link)

    @admin.display(description=gettext_lazy("error"))
    def shown_error(self, upload: Upload) -> SafeString:
        return live_cell(upload, "error", block(upload.error))

    @admin.display(description=gettext_lazy("text"))
    def shown_text(self, upload: Upload) -> SafeString:
        return json_block(upload.text)

    @admin.display(description=gettext_lazy("files"))
    def shown_files(self, upload: Upload) -> SafeString:
        return live_cell(upload, "files", json_block(upload.files or None))

    @admin.display(description=gettext_lazy("answer"))
    def shown_result(self, upload: Upload) -> SafeString:
        return live_cell(upload, "result", json_block(upload.result))


def speed_text(upload: Upload) -> str:
    """Return how fast the bytes have come so far, of an upload that gets some."""
    seconds = (upload.active_at - upload.created_at).total_seconds()
    if upload.state != State.RUNNING or upload.received_at is not None or seconds <= 0:
        return EMPTY
    return _("%(size)s a second") % {"size": size_text(upload.received_bytes / seconds)}


def _doing(upload: Upload) -> str:
    if upload.state == State.READY:
        return _("waits for a worker")
    if upload.state != State.RUNNING:
        return ""
    return _("receiving") if upload.received_at is None else _("its handler runs")


def _bar(share: float, words: str) -> SafeString:
    bar = '<span class="smallweb-progress"><progress max="1" value="{}" aria-label="{}"></progress> {}</span>'
    return format_html(bar, f"{min(share, 1.0):.4g}", _("received"), words)
