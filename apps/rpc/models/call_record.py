"""What was called."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class CallRecord(models.Model):
    """One call that ended. ``outcome`` is ``ok`` or the error's name; ``arguments`` have secrets hidden.

    A row without a path stands for ``count`` attempts at names that do not exist.
    """

    at = models.DateTimeField(_("at"), db_index=True)
    path = models.CharField(_("path"), max_length=250, db_index=True)
    verb = models.CharField(_("verb"), max_length=8)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("user"),
    )
    address = models.CharField(_("address"), max_length=64, blank=True)
    outcome = models.CharField(_("outcome"), max_length=40, db_index=True)
    error = models.CharField(_("error"), max_length=500, blank=True)
    duration_ms = models.FloatField(_("duration, ms"))
    count = models.PositiveIntegerField(_("count"), default=1)
    arguments = models.JSONField(_("arguments"), null=True, blank=True)

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.verb} {self.path}" if self.path else str(_("names that do not exist"))
