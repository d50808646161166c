"""Members of served objects for operators: what each is, who may, and a console to try it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ...core.admin import EMPTY, SwitchedAdmin, live_cell, shortened, switch_operations
from ..models import RemoteMember
from ..services.tell_rows import tell_rows_changed
from .console import CALL_PERMISSION, console_view
from .effective import rules_cell
from .member_cells import console_url, doc_cell, endpoint_of, figures_text, kind_text, mode_text, what_text
from .topic import LIVE_TOPIC


@admin.register(RemoteMember)
class RemoteMemberAdmin(SwitchedAdmin):
    live_topic = LIVE_TOPIC
    operations = switch_operations("smallweb_rpc.change_remotemember", tell=tell_rows_changed)
    change_form_template = "smallweb_rpc/admin/member_form.html"
    list_display = (
        "name",
        "enabled",
        "shown_kind",
        "shown_what",
        "shown_rules",
        "shown_figures",
        "shown_origin",
    )
    list_filter = ("enabled", "kind", "object", "in_code")
    list_select_related = ("object",)
    search_fields = ("name",)
    readonly_fields = (
        "name", "shown_object", "shown_kind", "shown_what", "shown_verbs", "shown_doc", "shown_rules",
        "shown_edits", "shown_origin", "shown_figures",
    )  # fmt: skip
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "name",
                    "enabled",
                    "shown_object",
                    "shown_kind",
                    "shown_what",
                    "shown_verbs",
                    "shown_doc",
                )
            },
        ),
        (
            _("Who may"),
            {
                "fields": ("access", "set_access", "delete_access", "shown_rules"),
                "description": _(
                    "A rule: public, login, staff, permission:app.codename, group:name or rule:name. "
                    "Empty: what the code says, or the object."
                ),
            },
        ),
        (_("Now"), {"fields": ("shown_edits", "shown_origin", "shown_figures")}),
    )

    def tell_changed(self) -> None:
        tell_rows_changed()

    def get_urls(self) -> list[URLPattern]:
        # A called function has its own connection to the database; it must not wait for this one.
        view = transaction.non_atomic_requests(self.admin_site.admin_view(self.console_view))
        own = path("<path:object_id>/console/", view, name="smallweb_rpc_remotemember_console")
        return [own, *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        member = kwargs.get("obj")
        if member is not None and endpoint_of(member) and request.user.has_perm(CALL_PERMISSION):
            context["console_url"] = console_url(member)
        return super().render_change_form(request, context, *args, **kwargs)

    def console_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return console_view(self, request, object_id)

    @admin.display(description=_("object"))
    def shown_object(self, member: RemoteMember) -> SafeString:
        url = reverse("admin:smallweb_rpc_remoteobject_change", args=[member.object_id])
        return format_html('<a href="{}">{}</a>', url, member.object.name)

    @admin.display(description=_("kind"), ordering="kind")
    def shown_kind(self, member: RemoteMember) -> str:
        return kind_text(endpoint_of(member))

    @admin.display(description=_("signature or type"))
    def shown_what(self, member: RemoteMember) -> SafeString:
        text = shortened(what_text(endpoint_of(member)), length=300)
        return format_html('<code class="smallweb-long">{}</code>', text)

    @admin.display(description=_("verbs"))
    def shown_verbs(self, member: RemoteMember) -> str:
        return mode_text(endpoint_of(member))

    @admin.display(description=_("documentation"))
    def shown_doc(self, member: RemoteMember) -> SafeString:
        return doc_cell(endpoint_of(member))

    @admin.display(description=_("access now"))
    def shown_rules(self, member: RemoteMember) -> SafeString:
        endpoint = endpoint_of(member)
        shown = EMPTY if endpoint is None else rules_cell(endpoint, member, member.object)
        return live_cell(member, "rules", shown)

    @admin.display(description=_("calls, this process"))
    def shown_figures(self, member: RemoteMember) -> SafeString:
        return live_cell(member, "figures", figures_text(endpoint_of(member)))
