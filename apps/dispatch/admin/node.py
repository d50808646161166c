"""Folders, libraries, classes and methods for operators: a tree with switches, rules and figures."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Collate
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ...core.admin import (
    EMPTY,
    SwitchedAdmin,
    block,
    code_cell,
    indented,
    live_cell,
    shortened,
    switch_operations,
)
from ..describe import place_of
from ..models import Node
from ..services.tell_rows import tell_rows_changed
from .console import CALL_PERMISSION, console_view
from .node_cells import (
    console_link,
    console_url,
    doc_of,
    figures_cell,
    log_link,
    parameters_table,
    reached_text,
    signature_text,
    url_of,
)
from .reach import reach_view
from .standing import rule_cell, standing_now, state_cell, with_standings
from .topic import LIVE_TOPIC

_RULES = _(
    "A rule: public, login, staff, permission:app.codename, group:name or rule:name. "
    "Empty: what the nearest folder, library or class above says, then the settings."
)
_OFF = _("What is switched off answers as if it were not there, and so does all that lies in it.")


class StateFilter(SimpleListFilter):
    """What is switched off itself, what lies in such a thing, and the rest."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("on", _("on")), ("off", _("off")), ("above", _("off above"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "off":
            return queryset.filter(enabled=False)
        if self.value() not in ("on", "above"):
            return queryset
        below = Q(pk__in=[])
        for name in Node.objects.filter(enabled=False).values_list("name", flat=True):
            below |= Q(name__startswith=f"{name}/")
        return (
            queryset.filter(below) if self.value() == "above" else queryset.exclude(below | Q(enabled=False))
        )


@admin.register(Node)
class NodeAdmin(SwitchedAdmin):
    live_topic = LIVE_TOPIC
    operations = switch_operations("smallweb_dispatch.change_node", tell=tell_rows_changed)
    change_list_template = "smallweb_dispatch/admin/nodes.html"
    change_form_template = "smallweb_dispatch/admin/node_form.html"
    list_display = ("shown_path", "shown_summary", "shown_rule", "shown_state", "shown_figures")
    list_filter = ("kind", StateFilter, "in_code")
    list_per_page = 200
    search_fields = ("name",)
    readonly_fields = (
        "name", "kind", "shown_url", "shown_code", "shown_what", "shown_reached", "shown_doc",
        "shown_parameters", "shown_rule", "shown_state", "shown_edits", "shown_origin", "shown_figures",
        "shown_log",
    )  # fmt: skip

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only methods have an address, code to be called and figures."""
        what, now = ["name", "kind", "shown_doc"], ["shown_edits", "shown_origin"]
        if request.user.has_perm("smallweb_dispatch.view_requestrecord"):
            now.append("shown_log")
        if obj is not None and obj.kind == Node.Kind.METHOD:
            what = ["name", "kind", "shown_url", "shown_reached", "shown_what", "shown_doc",
                    "shown_parameters", "shown_code"]  # fmt: skip
            now = ["shown_figures", *now]
        return [
            (None, {"fields": what}),
            (_("On or off"), {"fields": ["enabled", "shown_state"], "description": _OFF}),
            (_("Who may"), {"fields": ["access", "shown_rule"], "description": _RULES}),
            (_("Now"), {"fields": now}),
        ]

    def tell_changed(self) -> None:
        tell_rows_changed()

    def get_urls(self) -> list[URLPattern]:
        # A called method has its own connection to the database; it must not wait for this one.
        console = transaction.non_atomic_requests(self.admin_site.admin_view(self.console_view))
        own = [
            path("reach/", self.admin_site.admin_view(self.reach_view), name="smallweb_dispatch_node_reach"),
            path("<path:object_id>/console/", console, name="smallweb_dispatch_node_console"),
        ]
        return [*own, *super().get_urls()]

    def get_ordering(self, request: HttpRequest) -> Any:
        """By code points, whatever the database's language: what lies in a node comes right after it."""
        return [Collate("name", "C" if connection.vendor == "postgresql" else "BINARY")]

    def get_list_display(self, request: HttpRequest) -> Any:
        more = ("shown_console",) if request.user.has_perm(CALL_PERMISSION) else ()
        return (*self.list_display, *more)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Give the nodes of the page their standing, for which all rows are read once."""
        changes = super().get_changelist_instance(request)
        changes.result_list = with_standings(changes.result_list)
        for node in changes.result_list:
            node.is_in_tree = not (changes.query or changes.get_filters_params())
        return changes

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        node = kwargs.get("obj")
        if node is not None and standing_now(node).endpoint and request.user.has_perm(CALL_PERMISSION):
            context["console_url"] = console_url(node)
        return super().render_change_form(request, context, *args, **kwargs)

    def console_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return console_view(self, request, object_id)

    def reach_view(self, request: HttpRequest) -> HttpResponse:
        return reach_view(self, request)

    @admin.display(description=_("path"), ordering="name")
    def shown_path(self, node: Any) -> SafeString:
        """The last part, below that of the node above; among found nodes the whole path."""
        parts = node.name.split("/")
        name = parts[-1] if node.is_in_tree else node.name
        shown = '<strong>{}</strong> <span class="smallweb-quiet">{}</span>'
        if node.kind == Node.Kind.METHOD:
            shown = "{} {}"
        depth = len(parts) - 1 if node.is_in_tree else 0
        kind = "" if node.kind == Node.Kind.METHOD else node.get_kind_display()
        return indented(depth, format_html(shown, name, kind))

    @admin.display(description=_("what it is"))
    def shown_summary(self, node: Node) -> str | SafeString:
        """How it is reached, what it takes and the first line of its documentation."""
        endpoint = standing_now(node).endpoint
        doc = doc_of(node, endpoint)
        if endpoint is None:
            return self.shown_what(node)
        what = code_cell(shortened(signature_text(endpoint), length=200), doc)
        return format_html("<div>{}</div>{}", reached_text(endpoint), what)

    @admin.display(description=_("takes and returns"))
    def shown_what(self, node: Node) -> str | SafeString:
        endpoint = standing_now(node).endpoint
        if endpoint is not None:
            return format_html('<code class="smallweb-long">{}</code>', signature_text(endpoint))
        if not node.in_code:
            return self.shown_origin(node)
        return format_html('<span class="smallweb-doc">{}</span>', doc_of(node, None).partition("\n")[0])

    @admin.display(description=_("reached by"))
    def shown_reached(self, node: Node) -> str:
        return reached_text(standing_now(node).endpoint)

    @admin.display(description=_("who may"))
    def shown_rule(self, node: Node) -> SafeString:
        return live_cell(node, "rule", rule_cell(node, standing_now(node)))

    @admin.display(description=_("state"))
    def shown_state(self, node: Node) -> SafeString:
        return live_cell(node, "state", state_cell(node, standing_now(node)))

    @admin.display(description=_("requests, this process"))
    def shown_figures(self, node: Node) -> SafeString:
        return live_cell(node, "figures", figures_cell(standing_now(node).endpoint))

    @admin.display(description=_("console"))
    def shown_console(self, node: Node) -> str | SafeString:
        return console_link(node) if standing_now(node).endpoint is not None else ""

    @admin.display(description=_("address"))
    def shown_url(self, node: Node) -> str | SafeString:
        return format_html('<code class="smallweb-long">{}</code>', url_of(node) or EMPTY)

    @admin.display(description=_("code"))
    def shown_code(self, node: Node) -> str | SafeString:
        endpoint = standing_now(node).endpoint
        if endpoint is None:
            return self.shown_origin(node)
        shown = '<code class="smallweb-long">{}</code> <span class="smallweb-quiet">{}</span>'
        return format_html(shown, endpoint.origin, place_of(endpoint))

    @admin.display(description=_("documentation"))
    def shown_doc(self, node: Node) -> SafeString:
        return block(doc_of(node, standing_now(node).endpoint))

    @admin.display(description=_("parameters"))
    def shown_parameters(self, node: Node) -> str | SafeString:
        endpoint = standing_now(node).endpoint
        return EMPTY if endpoint is None else parameters_table(endpoint)

    @admin.display(description=_("log"))
    def shown_log(self, node: Node) -> SafeString:
        return log_link(node)
