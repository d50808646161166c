"""Name and permissions of what the admin shows and no table holds."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from .app_row import AppRow


class Session(AppRow):
    """A visitor's process of an app. Proxies have permissions and no table: no rows are of this kind."""

    class Meta:
        proxy = True
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        default_permissions = ("view",)
        permissions = [
            ("end_session", "Can end running sessions"),
            ("tell_session", "Can send a message to running sessions"),
        ]
