"""One tracked value."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class TrackedValue(models.Model):
    """``value`` is ``{"value": …}``: a bare null of JSON is no value at all on some databases."""

    path = models.CharField(_("path"), max_length=250, unique=True)
    value = models.JSONField(_("value"))
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("tracked value")
        verbose_name_plural = _("tracked values")
        ordering = ["path"]

    def __str__(self) -> str:
        return self.path
