"""Whether and how an app is hosted."""

from __future__ import annotations

from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from ...core.models import RegisteredRow


def _limit(words: Any, help_text: Any = "") -> models.FloatField[float | None, float | None]:
    return models.FloatField(
        words, null=True, blank=True, validators=[MinValueValidator(0)], help_text=help_text
    )


def _count(words: Any, help_text: Any = "") -> models.PositiveIntegerField[int | None, int | None]:
    return models.PositiveIntegerField(words, null=True, blank=True, help_text=help_text)


class AppRow(RegisteredRow):
    """An app of which every visitor has a process of their own; empty limits are those of the settings."""

    access = models.CharField(_("access"), max_length=250, blank=True)
    http_only = models.BooleanField(_("without sockets"), default=False)
    parano = models.BooleanField(_("encrypted"), default=False)
    debug = models.BooleanField(_("shows tracebacks"), default=False)
    timeout_interaction_s = _limit(_("seconds of an interaction"), _("Past them the process is killed."))
    timeout_inactivity_s = _limit(_("seconds without use"), _("Past them the process is ended; 0: never."))
    max_per_visitor = _count(_("sessions of one visitor"), _("Of all apps together; 0: any number."))
    max_per_app = _count(_("sessions in all"))
    memory_mb = _count(_("memory, MB"))
    cpu_s = _count(_("processor time, s"), _("In the whole life of a process."))
    file_mb = _count(_("largest file, MB"))
    open_files = _count(_("open files"))

    class Meta:
        verbose_name = _("app")
        verbose_name_plural = _("apps")
        ordering = ["name"]
