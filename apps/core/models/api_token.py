"""Tokens by which programs act as a user."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

USED_EVERY = timedelta(minutes=1)
SCOPES = ("rpc", "dispatch", "uploads")


def default_scopes() -> list[str]:
    return ["rpc"]


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def usable(self, now: datetime) -> ApiTokenQuerySet:
        """Return the tokens that open a door now, with their users."""
        alive = self.filter(Q(expires_at=None) | Q(expires_at__gt=now), enabled=True)
        return alive.filter(user__is_active=True).select_related("user")


class ApiToken(models.Model):
    """``digest`` is the SHA-256 of the token, which itself is stored nowhere; ``prefix`` is its beginning,
    by which people tell tokens apart. ``scopes`` names the doors that it opens.
    """

    name = models.CharField(_("name"), max_length=100)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("acts as")
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    prefix = models.CharField(_("begins with"), max_length=16, editable=False)
    scopes = models.JSONField(_("scopes"), default=default_scopes, editable=False)
    enabled = models.BooleanField(_("enabled"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def revoke(self) -> None:
        """Never let it open a door again."""
        self.enabled = False
        self.save(update_fields=["enabled"])

    def note_use(self, now: datetime) -> None:
        """Remember that it was used; written at most once in USED_EVERY."""
        if self.last_used_at is not None and self.last_used_at > now - USED_EVERY:
            return
        self.last_used_at = now
        # Not by save(): only a change of the token itself is told to the open connections.
        type(self).objects.filter(pk=self.pk).update(last_used_at=now)

    def state(self, now: datetime) -> Any:
        """Say in a word whether it opens doors."""
        if not self.enabled:
            return _("revoked")
        return _("expired") if self.expires_at is not None and self.expires_at <= now else _("usable")
