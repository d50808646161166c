"""Upload handlers for operators: switches, rules, figures, and how to send to them."""

from __future__ import annotations

import inspect
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ...core.admin import EMPTY, block, live_cell, switch_operations
from ..models import UploadFolder, UploadHandler
from ..registry import handlers
from ..services.describe_usage import Received, received_since
from ..services.policy import HandlerRules, rules_of_handler
from ..services.tell_rows import tell_rows_changed
from .handler_snippets import snippets, snippets_cell
from .links import address_cell, address_of, links_cell, list_url
from .rules_admin import ACCEPT_HELP, RULE_HELP, SIZE_HELP, RulesAdmin, lines_cell
from .sizes import size_text

_SETTINGS = {"empty": gettext_lazy("what the settings say")}


@admin.register(UploadHandler)
class UploadHandlerAdmin(RulesAdmin):
    operations = switch_operations("smallweb_uploads.change_uploadhandler", tell=tell_rows_changed)
    list_display = ("name", "shown_state", "shown_rule", "shown_accept", "shown_sizes", "shown_figures")
    list_filter = ("enabled", "in_code")
    search_fields = ("name",)
    readonly_fields = (
        "shown_address", "shown_code", "shown_doc", "shown_folder", "shown_rule", "shown_sizes",
        "shown_figures", "shown_links", "shown_edits", "shown_origin", "shown_snippets",
    )  # fmt: skip
    fieldsets = [
        (None, {"fields": ["name", "shown_address", "shown_code", "shown_doc", "shown_folder"]}),
        (gettext_lazy("On or off"), {
            "fields": ["enabled"],
            "description": gettext_lazy("What is switched off answers as if it were not there."),
        }),
        (gettext_lazy("What is taken"), {
            "fields": ["access", "shown_rule", "accept", "max_bytes", "max_files", "shown_sizes"],
        }),
        (gettext_lazy("Now"), {"fields": ["shown_figures", "shown_links", "shown_edits", "shown_origin"]}),
        (gettext_lazy("How to send"), {"fields": ["shown_snippets"]}),
    ]  # fmt: skip
    helps = {
        "access": RULE_HELP % _SETTINGS,
        "accept": ACCEPT_HELP,
        "max_bytes": SIZE_HELP % _SETTINGS,
        "max_files": gettext_lazy("At once. Empty: what the settings say."),
    }

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> UploadHandler | None:
        row: Any = super().get_object(request, *args, **kwargs)
        if row is not None:
            row.asked_by = request
        return row  # type: ignore[no-any-return]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Count what came for all of them at once."""
        listed = super().get_changelist_instance(request)
        received = received_since(timezone.now())
        for row in listed.result_list:
            row.received = received.get(row.name, Received())
        return listed

    @admin.display(description=gettext_lazy("who may send"), ordering="access")
    def shown_rule(self, row: UploadHandler) -> SafeString:
        rules = _rules(row)
        if rules is None:
            return SafeString(EMPTY)
        source = _("as the settings say") if not row.access else ""
        text = format_html('<code>{}</code> <div class="smallweb-doc">{}</div>', rules.access, source)
        return live_cell(row, "rule", text)

    @admin.display(description=gettext_lazy("kinds"))
    def shown_accept(self, row: UploadHandler) -> SafeString:
        return live_cell(row, "accept", lines_cell(row.accept, empty=_("all")))

    @admin.display(description=gettext_lazy("sizes"))
    def shown_sizes(self, row: UploadHandler) -> SafeString | str:
        rules = _rules(row)
        if rules is None:
            return EMPTY
        files = ngettext("%(count)d file", "up to %(count)d files", rules.max_files) % {
            "count": rules.max_files
        }
        text = _("%(files)s of %(size)s") % {"files": files, "size": size_text(rules.max_bytes)}
        return live_cell(row, "sizes", text)

    @admin.display(description=gettext_lazy("within a day"))
    def shown_figures(self, row: Any) -> SafeString:
        found = getattr(row, "received", None) or received_since(timezone.now()).get(row.name, Received())
        count = ngettext("%(count)d upload", "%(count)d uploads", found.uploads) % {"count": found.uploads}
        size = size_text(found.received_bytes)
        shown = format_html('{} <span class="smallweb-quiet">{}</span>', count, size)
        return live_cell(row, "figures", shown)

    @admin.display(description=gettext_lazy("address"))
    def shown_address(self, row: UploadHandler) -> SafeString:
        return address_cell(address_of("handler", row.name))

    @admin.display(description=gettext_lazy("code"))
    def shown_code(self, row: UploadHandler) -> SafeString | str:
        made = handlers.find(row.name)
        if made is None:
            return self.shown_origin(row)
        how = _("called by a worker") if made.background else ""
        shown = '<code class="smallweb-long">{}</code> <span class="smallweb-quiet">{}</span>'
        return format_html(shown, made.origin, how)

    @admin.display(description=gettext_lazy("documentation"))
    def shown_doc(self, row: UploadHandler) -> SafeString:
        made = handlers.find(row.name)
        return block((inspect.getdoc(made.function) or "") if made is not None else "")

    @admin.display(description=gettext_lazy("keeps files in"))
    def shown_folder(self, row: UploadHandler) -> SafeString | str:
        made = handlers.find(row.name)
        if made is None or not made.folder:
            return _("They are there for the call alone.")
        folder = UploadFolder.objects.filter(name=made.folder).first()
        return (
            made.folder if folder is None else format_html('<a href="{}">{}</a>', _folder_url(folder), folder)
        )

    @admin.display(description=gettext_lazy("what came"))
    def shown_links(self, row: Any) -> SafeString:
        files, uploads = list_url("storedfile", by=row.name), list_url("upload", to=row.name)
        return links_cell(row.asked_by, files=files, uploads=uploads)

    @admin.display(description=gettext_lazy("the same from elsewhere"))
    def shown_snippets(self, row: Any) -> SafeString:
        path = address_of("handler", row.name)
        if not path:
            return SafeString(EMPTY)
        site = f"{row.asked_by.scheme}://{row.asked_by.get_host()}"
        return snippets_cell(snippets(path, accept=row.accept, site=site))


def _rules(row: UploadHandler) -> HandlerRules | None:
    made = handlers.find(row.name)
    return None if made is None else rules_of_handler(made, row)


def _folder_url(folder: UploadFolder) -> str:
    from django.urls import reverse

    return reverse("admin:smallweb_uploads_uploadfolder_change", args=[folder.pk])
