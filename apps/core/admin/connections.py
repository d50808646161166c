"""The open connections of all web processes, and a way to close one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.forms import Media
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ..exceptions import BusUnavailable
from ..models import OpenConnection
from ..socket.notices import kick
from ..socket.open_connections import list_connections
from .cells import moment_cell
from .rowless import RowlessAdmin

KICK_PERMISSION = "smallweb_core.kick_openconnection"
MAX_SHOWN = 500
MAX_FILTERS_SHOWN = 20


@admin.register(OpenConnection)
class OpenConnectionAdmin(RowlessAdmin):
    @property
    def media(self) -> Media:
        return Media(css={"all": ["smallweb_core/admin.css"]})

    def get_urls(self) -> list[URLPattern]:
        listing = self.admin_site.admin_view(require_safe(self.list_view))
        kicking = self.admin_site.admin_view(require_POST(self.kick_view))
        return [
            path("", listing, name="smallweb_core_openconnection_changelist"),
            path("kick/", kicking, name="smallweb_core_openconnection_kick"),
        ]

    def list_view(self, request: HttpRequest) -> HttpResponse:
        """Show who is connected; ``user`` in the address leaves out all others."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        user = request.GET.get("user", "")
        problem, found = "", []
        try:
            found = [one for one in list_connections() if not user or one["user"] == user]
        except BusUnavailable as error:
            problem = str(error)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Connections"),
            "opts": self.opts,
            "media": self.media,
            "problem": problem,
            "count": len(found),
            "max_shown": MAX_SHOWN if len(found) > MAX_SHOWN else 0,
            "rows": [_row(one) for one in found[:MAX_SHOWN]],
            "whose": user,
            "may_kick": request.user.has_perm(KICK_PERMISSION),
        }
        return TemplateResponse(request, "smallweb_core/admin/connections.html", context)

    def kick_view(self, request: HttpRequest) -> HttpResponse:
        """Close one connection. Its page may connect again: who must stay out is to be disabled."""
        if not (self.has_view_permission(request) and request.user.has_perm(KICK_PERMISSION)):
            raise PermissionDenied
        name, who = request.POST.get("id", "")[:100], request.POST.get("who", "")[:150]
        try:
            kick(name)
        except BusUnavailable as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.log_use(request, name, _("Kicked: %(who)s") % {"who": who or _("a visitor")})
            self.message_user(request, _("%(id)s is told to go.") % {"id": name}, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:smallweb_core_openconnection_changelist"))


def _row(one: dict[str, Any]) -> dict[str, Any]:
    opened_at = datetime.fromtimestamp(float(one["opened_at"]), UTC)
    filters = list(one["subscriptions"])
    channels = reverse("admin:smallweb_core_channel_changelist")
    return {
        **one,
        "since": moment_cell(opened_at, now=timezone.now()),
        "filters": [
            (filter_, f"{channels}?{urlencode({'filter': filter_}, safe='/')}")
            for filter_ in filters[:MAX_FILTERS_SHOWN]
        ],
        "more_filters": max(0, len(filters) - MAX_FILTERS_SHOWN),
        "user_url": f"?{urlencode({'user': one['user']})}" if one["user"] else "",
    }
