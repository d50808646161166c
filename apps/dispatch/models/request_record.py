"""What was asked for."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class RequestRecord(models.Model):
    """One request that reached a method. ``outcome`` is ``ok`` or the error's code; ``arguments`` have
    secrets hidden.
    """

    at = models.DateTimeField(_("at"), db_index=True)
    path = models.CharField(_("path"), max_length=250, db_index=True)
    method = models.CharField(_("method"), max_length=8)
    status = models.PositiveSmallIntegerField(_("status"))
    outcome = models.CharField(_("outcome"), max_length=40, db_index=True)
    error = models.CharField(_("error"), max_length=500, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("user"),
    )  # fmt: skip
    address = models.CharField(_("address"), max_length=64, blank=True)
    duration_ms = models.FloatField(_("duration, ms"))
    arguments = models.JSONField(_("arguments"), null=True, blank=True)

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"
