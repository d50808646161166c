"""Names and permissions of what the admin shows and no table holds."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from .cluster import Cluster


class Channel(Cluster):
    """A channel of the bus. Proxies have permissions and no table; there are no rows of this kind."""

    class Meta:
        proxy = True
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        default_permissions = ("view",)
        permissions = [("publish_channel", "Can publish to any channel in the admin")]


class OpenConnection(Cluster):
    """A connection of a browser or a program to a web process; the same holds for its rows."""

    class Meta:
        proxy = True
        verbose_name = _("connection")
        verbose_name_plural = _("connections")
        default_permissions = ("view",)
        permissions = [("kick_openconnection", "Can close the connections of others")]
