"""Start-up of dispatch."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DispatchConfig(AppConfig):
    name = "smallweb.dispatch"
    label = "smallweb_dispatch"
    verbose_name = _("Controllers and tasks")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from ..core.signals import run_finished
        from ..core.sync import register_sync
        from . import checks  # noqa: F401
        from .discovery import discover
        from .models import Node
        from .services.sync_nodes import sync_nodes
        from .services.tell_end import tell_end

        register_sync(self, Node, sync_nodes)
        run_finished.connect(tell_end, dispatch_uid=self.name)
        discover()
