"""What was called."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class CallRecord(models.Model):
    """One call that ended. ``outcome`` is ``ok`` or the error's name; ``arguments`` have secrets hidden."""

    at = models.DateTimeField(_("at"), db_index=True)
    path = models.CharField(_("path"), max_length=250, db_index=True)
    verb = models.CharField(_("verb"), max_length=8)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    address = models.CharField(_("address"), max_length=64, blank=True)
    outcome = models.CharField(_("outcome"), max_length=40)
    error = models.CharField(_("error"), max_length=500, blank=True)
    duration_ms = models.FloatField(_("duration, ms"))
    arguments = models.JSONField(_("arguments"), null=True, blank=True)

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.verb} {self.path}"
