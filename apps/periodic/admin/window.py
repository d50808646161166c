"""Times when nothing runs."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ...core.admin import Base, duration_text
from ..models import MaintenanceWindow
from ..services.wake_jobs import wake_jobs

_HELP = _("What becomes due inside a window waits for its end; then the job's catch-up decides.")
_ONCE_HELP = _("A start and an end; leave the week empty.")
_WEEKLY_HELP = _("Days, the time it begins and how long it lasts; leave the start and the end above empty.")


@admin.register(MaintenanceWindow)
class MaintenanceWindowAdmin(Base):
    """After each change the jobs that a window put off are looked at again."""

    list_display = ("name", "enabled", "shown_when", "shown_pages")
    list_filter = ("enabled",)
    search_fields = ("name",)
    fieldsets = (
        (None, {"fields": ("name", "enabled", "pages"), "description": _HELP}),
        (_("Once"), {"fields": ("starts_at", "ends_at"), "description": _ONCE_HELP}),
        (
            _("Every week"),
            {"fields": ("weekdays", "start_time", "duration_s", "time_zone"), "description": _WEEKLY_HELP},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("pages")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        wake_jobs()

    def delete_model(self, request: HttpRequest, obj: MaintenanceWindow) -> None:
        super().delete_model(request, obj)
        wake_jobs()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        super().delete_queryset(request, queryset)
        wake_jobs()

    @admin.display(description=_("when"))
    def shown_when(self, window: MaintenanceWindow) -> str:
        if window.is_weekly:
            begins = f"{window.weekdays} {window.start_time:%H:%M} {window.time_zone}".rstrip()
            return _("%(begins)s for %(time)s") % {"begins": begins, "time": duration_text(window.duration_s)}
        moments = (timezone.localtime(moment) for moment in (window.starts_at, window.ends_at) if moment)
        return " \N{EN DASH} ".join(f"{moment:%Y-%m-%d %H:%M}" for moment in moments)

    @admin.display(description=_("pages"))
    def shown_pages(self, window: MaintenanceWindow) -> str:
        return ", ".join(page.name for page in window.pages.all()) or str(_("all"))
