"""The sessions of this machine: a list, a page for each, and ways to end them and to tell their users."""

from __future__ import annotations

import socket
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.forms import Media
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from ...core.admin import LiveAdmin, shortened
from ...core.admin.rowless import RowlessAdmin
from ...core.exceptions import SmallwebError
from ..exceptions import NoHost, SessionGone
from ..models import Session
from ..services.manage_sessions import (
    Listed,
    SeenSession,
    end_sessions,
    find_one,
    list_sessions,
    log_of,
    tell_sessions,
)
from .app_row import END_PERMISSION
from .session_cells import list_url, log_text, row_of, session_url, who_of

TELL_PERMISSION = "smallweb_sessions.tell_session"
MAX_SHOWN = 500
MAX_TEXT = 500
_URL = "smallweb_sessions_session"


@admin.register(Session)
class SessionAdmin(RowlessAdmin, LiveAdmin):
    live_every_s = 2

    @property
    def media(self) -> Media:
        return super().media + Media(css={"all": ["smallweb_sessions/admin.css"]})

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("", view(require_safe(self.list_view)), name=f"{_URL}_changelist"),
            path("end/", view(require_POST(self.end_view)), name=f"{_URL}_end"),
            path("tell/", view(require_POST(self.tell_view)), name=f"{_URL}_tell"),
            path("<slug:begins>/change/", view(require_safe(self.session_view)), name=f"{_URL}_change"),
        ]

    def list_view(self, request: HttpRequest) -> HttpResponse:
        """Show what runs here; ``app`` and ``visitor`` in the address leave out all others."""
        self._require(request)
        chosen = _filters(request.GET)
        problem, listed = "", Listed(has_host=False)
        try:
            listed = list_sessions(ended=True, **chosen)
        except NoHost as error:
            problem = str(error)
        now = timezone.now()
        context = {
            **self._context(request, _("Sessions")),
            "problem": problem,
            "has_host": listed.has_host,
            "chosen": chosen,
            "query": request.GET.urlencode() if chosen else "",
            "count": len(listed.sessions),
            "max_shown": MAX_SHOWN if len(listed.sessions) > MAX_SHOWN else 0,
            "rows": [row_of(one, now=now) for one in listed.sessions[:MAX_SHOWN]],
            "ended": [row_of(one, now=now) for one in listed.ended],
        }
        return TemplateResponse(request, "smallweb_sessions/admin/sessions.html", context)

    def session_view(self, request: HttpRequest, begins: str) -> HttpResponse:
        """Show one session, which may have ended of late."""
        self._require(request)
        try:
            one = find_one(begins)
            log = log_text(log_of(one))
            others = [each for each in list_sessions(measured=False).sessions if not each.is_ending]
        except SmallwebError as error:
            self.message_user(request, str(error), messages.WARNING)
            return HttpResponseRedirect(list_url())
        context = {
            **self._context(request, _("%(app)s of %(who)s") % {"app": one.app, "who": who_of(one)}),
            "row": row_of(one, now=timezone.now()),
            "log": log,
            "of_visitor": sum(each.visitor == one.visitor for each in others),
            "of_app": sum(each.app == one.app for each in others),
            "max_text": MAX_TEXT,
        }
        return TemplateResponse(request, "smallweb_sessions/admin/session.html", context)

    def end_view(self, request: HttpRequest) -> HttpResponse:
        """End one session (``id``), or all of a ``visitor`` or an ``app``."""
        self._require(request, END_PERMISSION)
        try:
            one, chosen = _chosen(request)
            count = end_sessions(reason=f"ended by {request.user.get_username()}", **chosen)
        except SmallwebError as error:
            self.message_user(request, str(error), messages.ERROR)
            return HttpResponseRedirect(list_url(**_filters(request.GET)))
        what = _described(one, chosen)
        self.log_use(request, one.short_id if one else what, _("Ended: %(what)s") % {"what": what})
        text = ngettext("%(count)d session is ended.", "%(count)d sessions are ended.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)
        return HttpResponseRedirect(list_url(**_filters(request.GET)))

    def tell_view(self, request: HttpRequest) -> HttpResponse:
        """Show a text on the open pages of the visitor of a session (``id``)."""
        self._require(request, TELL_PERMISSION)
        text = request.POST.get("text", "").strip()[:MAX_TEXT]
        try:
            one = find_one(request.POST.get("id", ""))
            count = tell_sessions(text, visitor=one.visitor) if text else 0
        except SmallwebError as error:
            self.message_user(request, str(error), messages.ERROR)
            return HttpResponseRedirect(list_url())
        if not text:
            self.message_user(request, _("Write a message."), messages.ERROR)
        elif not count:
            told = _("%(who)s has no page open that can show a message.") % {"who": who_of(one)}
            self.message_user(request, told, messages.WARNING)
        else:
            said = {"who": who_of(one), "text": shortened(text, length=200)}
            self.log_use(request, one.short_id, _("Told %(who)s: %(text)s") % said)
            shown = ngettext("%(count)d session shows it.", "%(count)d sessions show it.", count)
            self.message_user(request, shown % {"count": count}, messages.SUCCESS)
        return HttpResponseRedirect(session_url(one))

    def _require(self, request: HttpRequest, *permissions: str) -> None:
        if not (self.has_view_permission(request) and request.user.has_perms(permissions)):
            raise PermissionDenied

    def _context(self, request: HttpRequest, title: str) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "media": self.media,
            "machine": socket.gethostname(),
            "may_end": request.user.has_perm(END_PERMISSION),
            "may_tell": request.user.has_perm(TELL_PERMISSION),
        }


def _filters(given: Any) -> dict[str, Any]:
    return {name: given[name][:200] for name in ("app", "visitor") if given.get(name)}


def _chosen(request: HttpRequest) -> tuple[SeenSession | None, dict[str, Any]]:
    """Return what the pressed button stands for. Raises SessionGone where that is nothing."""
    if "id" in request.POST:
        one = find_one(request.POST["id"])
        if one.ended_at:
            raise SessionGone(_("The session has ended already."))
        return one, {"ids": [one.id]}
    chosen = _filters(request.POST)
    if not chosen:
        raise SessionGone(_("No session was chosen."))
    return None, chosen


def _described(one: SeenSession | None, chosen: dict[str, Any]) -> str:
    if one is not None:
        return _("%(app)s of %(who)s") % {"app": one.app, "who": who_of(one)}
    return ", ".join(f"{name} {value}" for name, value in chosen.items())
