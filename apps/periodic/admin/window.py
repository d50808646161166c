"""Times when nothing runs."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ...core.admin import Base
from ..models import MaintenanceWindow
from ..services.wake_jobs import wake_jobs


@admin.register(MaintenanceWindow)
class MaintenanceWindowAdmin(Base):
    """After each change the jobs that a window put off are looked at again."""

    list_display = ("name", "enabled", "shown_when", "shown_pages")
    list_filter = ("enabled",)
    search_fields = ("name",)
    fieldsets = (
        (
            None,
            {
                "fields": ("name", "enabled", "pages"),
                "description": _("What becomes due inside a window waits for its end; then the job's catch-up decides."),
            },
        ),
        (_("Once"), {"fields": ("starts_at", "ends_at"), "description": _("A start and an end; nothing below.")}),
        (
            _("Every week"),
            {
                "fields": ("weekdays", "start_time", "duration_s", "time_zone"),
                "description": _("Weekdays, the time it begins and how long it lasts; nothing above."),
            },
        ),
    )  # fmt: skip

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
            return f"{window.weekdays} {window.start_time:%H:%M} + {window.duration_s} s {window.time_zone}".rstrip()
        moments = (timezone.localtime(moment) for moment in (window.starts_at, window.ends_at) if moment)
        return " \N{EN DASH} ".join(f"{moment:%Y-%m-%d %H:%M}" for moment in moments)

    @admin.display(description=_("pages"))
    def shown_pages(self, window: MaintenanceWindow) -> str:
        return ", ".join(page.name for page in window.pages.all()) or str(_("all"))
