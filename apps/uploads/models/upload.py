"""What is being sent, and what became of it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ...core.models import State, TaskRun
from ...core.models.execution import ACTIVE


class UploadQuerySet(models.QuerySet["Upload"]):
    def open(self) -> Self:
        """Those that may still get bytes, or whose handler has not ended."""
        return self.filter(state__in=ACTIVE)

    def receiving(self) -> Self:
        return self.filter(state=State.RUNNING, received_at=None)

    def expired(self, now: datetime) -> Self:
        return self.receiving().filter(expires_at__lte=now)


class Upload(models.Model):
    """``handler`` or ``folder`` names what it is for. RUNNING: it gets bytes, or its handler runs now;
    READY: its handler waits for a worker.

    ``path``: what the client calls the file, or its path in the folder. ``text``: the fields. ``files``: what
    has come whole, as ``Part.plain`` of ``services.receive`` gives it. ``reserved_bytes``: what it takes of
    the quotas. ``received_bytes`` is told now and then; the truth is on the disk. ``received_at``: when the
    last byte was there. ``unverified_from``: the offset of bytes whose checksum is not known to be right.
    ``result``: what the handler returned, as JSON.
    """

    class Protocol(models.TextChoices):
        FORM = "form", _("form")
        TUS = "tus", "tus"
        IETF = "ietf", "IETF"

    class Concat(models.TextChoices):
        NONE = "", _("whole")
        PARTIAL = "partial", _("partial")
        FINAL = "final", _("final")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    protocol = models.CharField(_("protocol"), max_length=4, choices=Protocol.choices)
    handler = models.CharField(_("handler"), max_length=250, blank=True, db_index=True)
    folder = models.CharField(_("folder"), max_length=250, blank=True, db_index=True)
    root = models.CharField(max_length=100, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.RUNNING)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("user"),
    )  # fmt: skip
    address = models.CharField(_("address"), max_length=64, blank=True)
    path = models.CharField(_("name"), max_length=500, blank=True)
    content_type = models.CharField(_("type"), max_length=100, blank=True)
    text = models.JSONField(_("text"), default=dict, blank=True)
    files = models.JSONField(_("files"), default=list, blank=True)
    length_bytes = models.PositiveBigIntegerField(_("length"), null=True, blank=True)
    reserved_bytes = models.PositiveBigIntegerField(default=0, editable=False)
    received_bytes = models.PositiveBigIntegerField(_("received"), default=0)
    unverified_from = models.PositiveBigIntegerField(null=True, blank=True, editable=False)
    metadata = models.TextField(blank=True, editable=False)
    concat = models.CharField(max_length=7, choices=Concat.choices, default=Concat.NONE, editable=False)
    parts = models.JSONField(default=list, blank=True, editable=False)
    created_at = models.DateTimeField(_("begun"))
    active_at = models.DateTimeField(_("last heard of"))
    received_at = models.DateTimeField(_("received"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True, db_index=True)
    run = models.OneToOneField(
        TaskRun, models.SET_NULL, null=True, blank=True, related_name="smallweb_upload",
        verbose_name=_("run"),
    )  # fmt: skip
    result = models.JSONField(_("answer"), null=True, blank=True, encoder=DjangoJSONEncoder)
    error = models.CharField(_("error"), max_length=500, blank=True)

    objects = UploadQuerySet.as_manager()

    class Meta:
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(state__in=ACTIVE), name="smallweb_uploads_open"),
        ]
        permissions = [("abort_upload", "Can abort an upload")]

    def __str__(self) -> str:
        """Without the uuid: whoever knows that of a visitor's upload may go on with it."""
        return f"{self.target} {self.pk}"

    @property
    def target(self) -> str:
        return self.handler or f"folders/{self.folder}"

    @property
    def is_over(self) -> bool:
        return self.state not in ACTIVE

    def end(self, state: State, *, now: datetime, error: str = "", result: Any = None) -> None:
        """Bring it to its end and save that, unless it has ended meanwhile; it takes nothing of the quotas
        any more.
        """
        self.state = state
        self.finished_at = now
        self.error = error[:500]
        self.result = result
        self.reserved_bytes = 0
        names = ("state", "finished_at", "error", "result", "reserved_bytes")
        Upload.objects.open().filter(pk=self.pk).update(**{name: getattr(self, name) for name in names})
