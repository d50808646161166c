"""Files that are kept."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .folder import UploadFolder


class StoredFile(models.Model):
    """``uuid`` names it to the outside. ``path`` is its place among the folder's files, ``key`` that of its
    bytes in the root, which never change: a file that is replaced gets another key. ``sha256`` is in hex.
    ``preview_key``: of a small picture of it, empty without one.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    folder = models.ForeignKey(UploadFolder, models.PROTECT, related_name="files", verbose_name=_("folder"))
    path = models.CharField(_("path"), max_length=500)
    root = models.CharField(max_length=100, editable=False)
    key = models.CharField(max_length=100, unique=True, editable=False)
    size_bytes = models.PositiveBigIntegerField(_("size"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    content_type = models.CharField(_("type"), max_length=100)
    handler = models.CharField(_("handler"), max_length=250, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("user"),
    )  # fmt: skip
    created_at = models.DateTimeField(_("stored"), db_index=True)
    preview_key = models.CharField(max_length=100, blank=True, editable=False)

    class Meta:
        verbose_name = _("stored file")
        verbose_name_plural = _("stored files")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["folder", "path"], name="smallweb_uploads_one_file_a_path")
        ]

    def __str__(self) -> str:
        return f"{self.folder}/{self.path}"

    @property
    def filename(self) -> str:
        return self.path.rpartition("/")[2]
