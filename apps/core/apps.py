"""Start-up of the shared ground."""

from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_delete, post_save
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "smallweb.core"
    label = "smallweb_core"
    verbose_name = _("Small web")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import checks  # noqa: F401
        from .access import LOGIN, STAFF
        from .channels import Namespace, namespaces
        from .channels import checks as channel_checks  # noqa: F401
        from .channels.namespace_rows import announce_rows
        from .cluster import checks as cluster_checks  # noqa: F401
        from .cluster import work_sources
        from .executions.call import task_call
        from .executions.source import task_work
        from .health.checks import register_checks
        from .invoke import call_kinds
        from .metrics.sources import register_sources
        from .models import ChannelNamespace
        from .services.sync_namespaces import sync_namespaces
        from .socket.session_signals import connect_signals
        from .sync import register_sync

        namespaces.register(Namespace(name="admin", origin=self.name, subscribe=STAFF))
        namespaces.register(
            Namespace(
                name="user", origin=self.name, subscribe=LOGIN, history=LOGIN, history_size=20, personal=True
            )
        )
        register_sync(self, ChannelNamespace, sync_namespaces)
        for changed in (post_save, post_delete):
            changed.connect(announce_rows, sender=ChannelNamespace, dispatch_uid="smallweb namespaces")
        work_sources.register(task_work)
        call_kinds.register(task_call)
        register_checks()
        register_sources()
        connect_signals()
        autodiscover_modules("backend")
        if self.runs_djangos_tasks():
            autodiscover_modules("tasks")

    @staticmethod
    def runs_djangos_tasks() -> bool:
        """Whether Django's own tasks come to our workers, which must have seen them declared."""
        backends = getattr(settings, "TASKS", {}).values()
        return any("smallweb.core" in str(backend.get("BACKEND")) for backend in backends)
