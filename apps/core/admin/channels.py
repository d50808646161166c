"""The channel inspector: which channels there are, what they keep, what they say; and a box to publish."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.forms import Media
from django.forms.widgets import Script
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from ..channels import clear, publish
from ..channels.namespaces import VERBS
from ..channels.topics import is_filter, require_filter
from ..exceptions import BadTopic, BusUnavailable, SmallwebError
from ..models import Channel
from ..redact import redact
from ..socket.open_connections import list_connections
from .cells import table
from .channel_cells import (
    MAX_CHANNELS,
    ChannelRow,
    count_subscribers,
    kept_text,
    kept_value,
    read_channels,
    rules_of_namespaces,
    tail_of,
)
from .rowless import RowlessAdmin
from .shown_json import json_block, shortened
from .typed_json import read_json

PUBLISH_PERMISSION = "smallweb_core.publish_channel"
CLEAR = "clear"


class PublishForm(forms.Form):
    """``value`` is cleaned to what its JSON says."""

    channel = forms.CharField(label=gettext_lazy("Channel"), max_length=250)
    value = forms.CharField(
        label=gettext_lazy("Value, as JSON"),
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )

    def clean_value(self) -> Any:
        return read_json(self.cleaned_data["value"])


@admin.register(Channel)
class ChannelAdmin(RowlessAdmin):
    @property
    def media(self) -> Media:
        script = Script("smallweb_core/admin_tail.js", type="module")
        return Media(css={"all": ["smallweb_core/admin.css"]}, js=[script])  # type: ignore[list-item]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(self.inspect_view))
        return [path("", view, name="smallweb_core_channel_changelist")]

    def inspect_view(self, request: HttpRequest) -> HttpResponse:
        """Show the channels of a filter; by POST publish, or forget a retained value."""
        may_publish = request.user.has_perm(PUBLISH_PERMISSION)
        if not self.has_view_permission(request) or (request.method == "POST" and not may_publish):
            raise PermissionDenied
        filter_ = request.GET.get("filter", "").strip() or "#"
        form = None
        if request.method == "POST":
            form = PublishForm(request.POST)
            if _clear(self, request) if CLEAR in request.POST else _publish(self, request, form):
                return HttpResponseRedirect(f"{request.path}?{urlencode({'filter': filter_}, safe='/')}")
        elif may_publish:
            form = PublishForm(initial={"channel": "" if is_filter(filter_) else filter_})
        context = {
            **self.admin_site.each_context(request),
            "title": _("Channels"),
            "opts": self.opts,
            "media": self.media,
            "filter": filter_,
            "form": form if may_publish and CLEAR not in request.POST else None,
            **_found(request, filter_),
        }
        return TemplateResponse(request, "smallweb_core/admin/channels.html", context)


def _found(request: HttpRequest, filter_: str) -> dict[str, Any]:
    try:
        require_filter(filter_)
        rows, has_more = read_channels(filter_)
        subscribers = _subscribers(rows) if request.GET.get("subscribers") else None
    except (BadTopic, BusUnavailable) as error:
        return {"problem": str(error), "namespaces": _namespaces_table()}
    tail = tail_of(filter_, request.user)
    only = rows[0] if len(rows) == 1 and rows[0].name == filter_ else None
    return {
        "rows": [_row(row, subscribers) for row in rows],
        "has_subscribers": subscribers is not None,
        "count_url": f"?{urlencode({'filter': filter_, 'subscribers': 1}, safe='/')}",
        "max_channels": MAX_CHANNELS if has_more else 0,
        "only": only,
        "only_value": json_block(kept_value(only)) if only is not None and only.retained else "",
        "tail": tail,
        "tail_filters": json.dumps(tail.filters),
        "namespaces": _namespaces_table(),
    }


def _row(row: ChannelRow, subscribers: dict[str, int] | None) -> dict[str, Any]:
    return {
        "name": row.name,
        "url": f"?{urlencode({'filter': row.name}, safe='/')}",
        "offset": row.offset,
        "epoch": row.epoch,
        "value": kept_text(row),
        "subscribers": None if subscribers is None else subscribers[row.name],
    }


def _subscribers(rows: list[ChannelRow]) -> dict[str, int]:
    """Ask all web processes, which takes half a second."""
    return count_subscribers([row.name for row in rows], list_connections())


def _namespaces_table() -> Any:
    headings = [_("Namespace"), *(_(verb.capitalize()) for verb in VERBS), _("Keeps"), _("Origin")]
    return table(headings, rules_of_namespaces(), label=_("Namespaces"))


def _publish(admin: ChannelAdmin, request: HttpRequest, form: PublishForm) -> bool:
    """Publish, or leave at the form why not."""
    if not form.is_valid():
        return False
    channel, value = form.cleaned_data["channel"], form.cleaned_data["value"]
    try:
        publish(channel, value)
    except SmallwebError as error:
        form.add_error("channel", str(error))
        return False
    name = channel.rpartition("/")[2]
    shown = json.dumps(redact({name: value})[name], ensure_ascii=False)
    admin.log_use(request, channel, _("Published: %(value)s") % {"value": shortened(shown, length=500)})
    admin.message_user(request, _("Published on %(channel)s.") % {"channel": channel}, messages.SUCCESS)
    return True


def _clear(admin: ChannelAdmin, request: HttpRequest) -> bool:
    channel = request.POST[CLEAR]
    try:
        clear(channel)
    except SmallwebError as error:
        admin.message_user(request, str(error), messages.ERROR)
        return True
    admin.log_use(request, channel, _("Forgot the kept value"))
    text = _("%(channel)s keeps no value any more.") % {"channel": channel}
    admin.message_user(request, text, messages.SUCCESS)
    return True
