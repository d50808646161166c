"""What waits in durable queues."""

from __future__ import annotations

from typing import Self

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class QueueItemQuerySet(models.QuerySet["QueueItem"]):
    def waiting(self) -> Self:
        """Those that no consumer holds, and that have not failed for good."""
        return self.filter(holder="", has_failed=False)


class QueueItem(models.Model):
    """``value`` is any JSON. ``holder`` names the consumer that works at it, until ``leased_until``; a
    consumer that dies leaves it to the next, ``attempts`` counts them. ``has_failed``: it is tried no more.
    """

    queue = models.CharField(_("queue"), max_length=100)
    value = models.JSONField(_("item"), null=True, encoder=DjangoJSONEncoder)
    created_at = models.DateTimeField(_("put"))
    holder = models.CharField(_("held by"), max_length=64, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    has_failed = models.BooleanField(_("failed"), default=False)
    error = models.CharField(_("error"), max_length=500, blank=True)

    objects = QueueItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("queue item")
        verbose_name_plural = _("queue items")
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["queue", "id"], condition=Q(has_failed=False), name="smallweb_uploads_queue")
        ]

    def __str__(self) -> str:
        return f"{self.queue} {self.pk}"
