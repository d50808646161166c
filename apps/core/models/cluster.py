"""The running process trees of workers, as they tell of themselves."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

BEAT_S = 5.0
# So many seconds without a word, and the tree is taken for dead; a lease lasts as long.
GONE_AFTER_S = 30.0


class ClusterQuerySet(models.QuerySet["Cluster"]):
    def alive(self, now: datetime) -> Self:
        return self.filter(seen_at__gte=_gone_before(now))

    def gone(self, now: datetime) -> Self:
        """Clusters that said nothing for GONE_AFTER_S: killed, or cut off from the database."""
        return self.filter(seen_at__lt=_gone_before(now))


class Cluster(models.Model):
    """One running ``manage.py qcluster`` with all its processes; ``id`` is the ``holder`` of what it runs.

    ``pid`` is its main process on ``host``, ``workers`` how many run work. ``seen_at`` is renewed every
    BEAT_S seconds; one that is stopped takes its row away.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=250)
    host = models.CharField(_("host"), max_length=255)
    pid = models.PositiveIntegerField(_("process"))
    workers = models.PositiveIntegerField(_("workers"))
    version = models.CharField(_("version"), max_length=50)
    started_at = models.DateTimeField(_("started"))
    seen_at = models.DateTimeField(_("seen"))

    objects = ClusterQuerySet.as_manager()

    class Meta:
        verbose_name = _("worker cluster")
        verbose_name_plural = _("worker clusters")
        ordering = ["-started_at"]
        default_permissions = ("view", "delete")

    def __str__(self) -> str:
        return f"{self.name} {self.host} {self.pid}"

    def is_alive(self, now: datetime) -> bool:
        return self.seen_at >= _gone_before(now)


def _gone_before(now: datetime) -> datetime:
    return now - timedelta(seconds=GONE_AFTER_S)
