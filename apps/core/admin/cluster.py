"""The running workers, and what each of them works on."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..executions.tell import LIVE_CHANNEL
from ..health.running import RunningWork, busy_counts, running_work
from ..models import Cluster
from .cells import live_cell, moment_cell, table
from .live import LiveAdmin
from .shown_json import progress_cell


@admin.register(Cluster)
class ClusterAdmin(LiveAdmin):
    """To be read; the row of a cluster that is gone may be deleted."""

    live_topic = LIVE_CHANNEL
    list_display = (
        "name", "shown_state", "shown_busy", "workers", "host", "pid", "shown_start", "shown_seen",
    )  # fmt: skip
    fields = (
        "name", "shown_state", "host", "pid", "workers", "version", "shown_start", "shown_seen", "shown_work",
    )  # fmt: skip
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_alive = obj is not None and obj.is_alive(timezone.now())
        return super().has_delete_permission(request, obj) and not is_alive

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Count the busy workers of all listed clusters at once."""
        listed = super().get_changelist_instance(request)
        counts = busy_counts(listed.result_list, timezone.now())
        for cluster in listed.result_list:
            vars(cluster)["busy"] = counts[cluster.pk]
        return listed

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Cluster | None:
        """Show of the running work what the person may see of its kind."""
        cluster: Cluster | None = super().get_object(request, *args, **kwargs)
        if cluster is not None:
            vars(cluster)["may_see"] = lambda work: _may_see(request, work)
        return cluster

    @admin.display(description=gettext_lazy("state"))
    def shown_state(self, cluster: Cluster) -> SafeString:
        is_alive = cluster.is_alive(timezone.now())
        colour, word = ("successful", _("alive")) if is_alive else ("lost", _("gone"))
        badge = format_html('<span class="smallweb-state smallweb-{}">{}</span>', colour, word)
        return live_cell(cluster, "state", badge)

    @admin.display(description=gettext_lazy("busy"))
    def shown_busy(self, cluster: Cluster) -> SafeString:
        return live_cell(cluster, "busy", vars(cluster)["busy"])

    @admin.display(description=gettext_lazy("started"), ordering="started_at")
    def shown_start(self, cluster: Cluster) -> SafeString:
        return live_cell(cluster, "start", moment_cell(cluster.started_at, now=timezone.now()))

    @admin.display(description=gettext_lazy("seen"), ordering="seen_at")
    def shown_seen(self, cluster: Cluster) -> SafeString:
        return live_cell(cluster, "seen", moment_cell(cluster.seen_at, now=timezone.now()))

    @admin.display(description=gettext_lazy("works on"))
    def shown_work(self, cluster: Cluster) -> SafeString:
        now = timezone.now()
        seen = vars(cluster).get("may_see", lambda work: False)
        rows = [_row(work, now) for work in running_work(now, tree=cluster.pk) if seen(work)]
        headings = [_("Process"), _("Works on"), _("Since"), _("Progress")]
        shown = table(headings, rows, label=_("Running work")) if rows else _("Nothing now.")
        return live_cell(cluster, "work", shown)


def _may_see(request: HttpRequest, work: RunningWork) -> bool:
    meta = work.run._meta
    return request.user.has_perm(f"{meta.app_label}.view_{meta.model_name}")


def _row(work: RunningWork, now: datetime) -> list[object]:
    since = moment_cell(work.started_at, now=now)
    progress = format_html('<span class="smallweb-long">{}</span>', progress_cell(work.progress))
    return [work.worker_pid, _linked(work), since, progress]


def _linked(work: RunningWork) -> SafeString:
    """Return the kind and the label, leading to the run where the admin shows runs of its kind."""
    meta = work.run._meta
    label: str = work.label
    with suppress(NoReverseMatch):
        url = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[work.run.pk])
        label = format_html('<a href="{}">{}</a>', url, label)
    shown = '<span class="smallweb-long"><span class="smallweb-quiet">{}</span> {}</span>'
    return format_html(shown, work.kind, label)
