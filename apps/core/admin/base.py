"""ModelAdmin as type checkers and screen readers want it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.widgets import AdminSplitDateTime
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.forms import Field
from django.http import HttpRequest
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin


class MomentWidget(AdminSplitDateTime):
    """A date and a time, each with a label of its own: Django's have none."""

    def __init__(self, label: str) -> None:
        super().__init__()
        self.label = label

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        for part, what in zip(context["widget"]["subwidgets"], (_("date"), _("time")), strict=True):
            part["attrs"]["aria-label"] = f"{self.label}: {what}"
        return context


class Base(_ModelAdmin):
    """The root of the suite's admin pages."""

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Field | None:
        if isinstance(db_field, models.DateTimeField):
            kwargs.setdefault("widget", MomentWidget(str(db_field.verbose_name)))
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def log_use(self, request: HttpRequest, name: str, message: str) -> None:
        """Write to the admin's log what was done to something of this name."""
        LogEntry.objects.create(
            user_id=request.user.pk or 0,
            content_type=ContentType.objects.get_for_model(self.model, for_concrete_model=False),
            object_id=name,
            object_repr=name[:200],
            action_flag=CHANGE,
            change_message=message,
        )
