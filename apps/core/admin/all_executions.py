"""Everything that runs, ran or waits, of every app, on one page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.apps.registry import Apps
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from ..durations import EMPTY
from ..executions.browse import Kind, Position, Section, browse, kinds
from ..executions.place import Queue
from ..models import Execution
from .executions import run_duration_text, run_state_cell
from .live import LiveAdmin
from .place import queue_for, stage_cell, when_cell
from .shown_json import shortened

PAGE_SIZE = 50
SECTIONS: dict[Section, str | Promise] = {
    "all": gettext_lazy("all"),
    "running": gettext_lazy("running"),
    "waiting": gettext_lazy("waiting"),
    "failed": gettext_lazy("failed"),
    "finished": gettext_lazy("finished"),
}


class AnyExecution(models.Model):
    """A name and a place in the admin's index. It has no table, and no other app can see it."""

    class Meta:
        apps = Apps()
        app_label = "smallweb_core"
        managed = False
        verbose_name = gettext_lazy("execution")
        verbose_name_plural = gettext_lazy("executions of all kinds")


@admin.register(AnyExecution)
class AllExecutionsAdmin(LiveAdmin):
    """One page, for whoever may see at least one kind; each kind takes its own permission."""

    live_topic = "admin/#"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_safe(self.changelist_view))
        return [path("", view, name="smallweb_core_anyexecution_changelist")]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self._visible_kinds(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        visible = self._visible_kinds(request)
        if not visible:
            raise PermissionDenied
        section = _section(request.GET.get("state"))
        kind = request.GET.get("kind", "")
        chosen = [model for model in visible if not kind or model._meta.label_lower == kind]
        found = browse(chosen, section, read_positions(request.GET.get("older", "")), limit=PAGE_SIZE)
        now = timezone.now()
        queue = queue_for(found.runs, now)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Executions of all kinds"),
            "opts": self.opts,
            "media": self.media,
            "filters": [_section_links(section, kind), _kind_links(visible, section, kind)],
            "rows": [self._row(run, queue, now) for run in found.runs],
            "older_url": found.older and _url(section, kind, write_positions(found.older)),
            "newest_url": _url(section, kind) if request.GET.get("older") else "",
            "is_waiting": section == "waiting",
            **(extra_context or {}),
        }
        return TemplateResponse(request, "smallweb_core/admin/all_executions.html", context)

    def _visible_kinds(self, request: HttpRequest) -> list[Kind]:
        registered = self.admin_site._registry
        return [
            model
            for model in kinds()
            if model in registered and registered[model].has_view_permission(request)
        ]

    def _row(self, run: Execution, queue: Queue, now: datetime) -> dict[str, Any]:
        url = reverse(f"admin:{run._meta.app_label}_{run._meta.model_name}_change", args=[run.pk])
        return {
            "what": format_html('<a href="{}">{}</a>', url, shortened(run.title)),
            "cells": [
                ("state", run_state_cell(run)),
                ("stage", stage_cell(run, queue, now=now)),
                ("when", when_cell(run, now=now)),
                ("duration", run_duration_text(run, now=now)),
                ("who", run.who or EMPTY),
                ("outcome", shortened(run.outcome)),
                ("kind", capfirst(str(run._meta.verbose_name))),
            ],
        }


def read_positions(text: str) -> dict[str, Position]:
    """Return the positions that ``write_positions`` wrote; what it cannot have written is left out."""
    found = re.findall(r"([a-z_]\w*\.\w+):(\d{0,18}(?:-\d{1,18})?)(?=,|$)", text)
    return {label: tuple(int(number) for number in numbers.split("-") if number) for label, numbers in found}


def write_positions(positions: Mapping[str, Position]) -> str:
    return ",".join(f"{label}:{'-'.join(map(str, numbers))}" for label, numbers in sorted(positions.items()))


def _section(text: str | None) -> Section:
    return next((section for section in SECTIONS if section == text), "all")


def _section_links(section: Section, kind: str) -> dict[str, Any]:
    links = [(str(label), _url(name, kind), name == section) for name, label in SECTIONS.items()]
    return {"label": _("State"), "links": links}


def _kind_links(visible: list[Kind], section: Section, kind: str) -> dict[str, Any]:
    links = [(_("all"), _url(section, ""), not kind)]
    for model in visible:
        name = f"{model._meta.app_config.verbose_name}: {model._meta.verbose_name_plural}"
        links.append((name, _url(section, model._meta.label_lower), model._meta.label_lower == kind))
    return {"label": _("Kind"), "links": links}


def _url(section: Section, kind: str, older: str = "") -> str:
    query = {"state": "" if section == "all" else section, "kind": kind, "older": older}
    text = urlencode({name: value for name, value in query.items() if value}, safe=":,")
    return f"?{text}"
