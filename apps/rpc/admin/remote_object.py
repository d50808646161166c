"""Served objects for operators: what they offer, to whom, and switches."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ...core.admin import SwitchedAdmin, block, live_cell, shortened, switch_operations
from ..models import RemoteObject
from ..registry import objects
from ..services.tell_rows import tell_rows_changed
from .object_tree import tree_table
from .topic import LIVE_TOPIC


@admin.register(RemoteObject)
class RemoteObjectAdmin(SwitchedAdmin):
    live_topic = LIVE_TOPIC
    operations = switch_operations("smallweb_rpc.change_remoteobject", tell=tell_rows_changed)
    change_form_template = "smallweb_rpc/admin/object_form.html"
    list_display = ("name", "enabled", "shown_members", "shown_access", "shown_summary", "shown_origin")
    list_filter = ("enabled", "in_code")
    search_fields = ("name", "members__name")
    readonly_fields = ("name", "shown_doc", "shown_edits", "shown_origin")
    fieldsets = (
        (None, {"fields": ("name", "enabled", "shown_doc")}),
        (
            _("Who may"),
            {
                "fields": ("access", "set_access", "delete_access"),
                "description": _(
                    "A rule: public, login, staff, permission:app.codename, group:name or rule:name. "
                    "Empty: what the code says. A member's own rule goes before the object's."
                ),
            },
        ),
        (_("Now"), {"fields": ("shown_edits", "shown_origin")}),
    )

    def tell_changed(self) -> None:
        tell_rows_changed()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        off = Count("members", filter=Q(members__enabled=False), distinct=True)
        counted = super().get_queryset(request)
        return counted.annotate(  # type: ignore[no-any-return]
            member_count=Count("members", distinct=True), off_count=off
        )

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        served = kwargs.get("obj")
        if served is not None:
            may_see = request.user.has_perm("smallweb_rpc.view_remotemember") or request.user.has_perm(
                "smallweb_rpc.change_remotemember"
            )
            may_call = may_see and request.user.has_perm("smallweb_rpc.call_member")
            context["tree"] = tree_table(served, may_see=may_see, may_call=may_call)
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=_("members"), ordering="member_count")
    def shown_members(self, served: Any) -> SafeString:
        text = _("%(count)d, %(off)d off") if served.off_count else _("%(count)d")
        return live_cell(served, "members", text % {"count": served.member_count, "off": served.off_count})

    @admin.display(description=_("access"), ordering="access")
    def shown_access(self, served: RemoteObject) -> SafeString:
        """The rules of the object; members may have their own."""
        rules = served.rules()
        entry = objects.find(served.name)
        held = {**(entry.options.rules() if entry is not None else {}), **rules}
        shown = [held.get("get", ""), *(f"{verb}: {held[verb]}" for verb in _stricter(held))]
        return live_cell(served, "access", ", ".join(shown))

    @admin.display(description=_("what it is"))
    def shown_summary(self, served: RemoteObject) -> str:
        return shortened(_doc(served).partition("\n")[0])

    @admin.display(description=_("documentation"))
    def shown_doc(self, served: RemoteObject) -> SafeString:
        return block(_doc(served))


def _doc(served: RemoteObject) -> str:
    entry = objects.find(served.name)
    return entry.doc if entry is not None else ""


def _stricter(rules: dict[str, str]) -> list[str]:
    return [verb for verb in ("call", "set", "delete") if rules.get(verb) and rules[verb] != rules.get("get")]
