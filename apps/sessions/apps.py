"""Start-up of sessions."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SessionsConfig(AppConfig):
    name = "smallweb.sessions"
    label = "smallweb_sessions"
    verbose_name = _("Apps")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from ..core.sync import register_sync
        from ..core.up_services import UpService, up_services
        from . import checks  # noqa: F401
        from .models import AppRow
        from .registry import apps
        from .routing import add_sockets
        from .services.sync_apps import sync_apps
        from .session_health import register_sessions
        from .signals import end_with_login

        register_sync(self, AppRow, sync_apps)
        add_sockets()
        end_with_login()
        register_sessions(self.name)
        up_services.register(
            UpService(
                name="apphost",
                origin=self.name,
                arguments=("smallweb_apphost",),
                is_wanted=lambda: bool(len(apps)),
            )
        )
