"""Who started which run: what the address of a status stands for."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ...core.models import TaskRun


class Ticket(models.Model):
    """``token`` is the id in ``/status/<id>``: 122 random bits. It is shown to the user who started the run,
    or to the visitor's session, known by ``session_digest``; to nobody else.
    """

    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    run = models.OneToOneField(TaskRun, on_delete=models.CASCADE, related_name="dispatch_ticket")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("user"),
    )
    session_digest = models.CharField(max_length=64, blank=True, editable=False)
    path = models.CharField(_("path"), max_length=250)
    method = models.CharField(_("method"), max_length=100)

    class Meta:
        verbose_name = _("started task")
        verbose_name_plural = _("started tasks")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.path} {self.pk}"
