"""Functions that get text and files, as operators see and change them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from ...core.models import RegisteredRow
from .rule_fields import AcceptField, AccessRuleField


class UploadHandler(RegisteredRow):
    """``accept``: which kinds of files; empty for all. None of ``max_bytes`` (of a file) and ``max_files``
    stands for the settings'. An empty ``access`` does, too.
    """

    access = AccessRuleField(_("access"), blank=True)
    accept = AcceptField(_("accepted kinds"))
    max_bytes = models.PositiveBigIntegerField(_("largest file, bytes"), null=True, blank=True)
    max_files = models.PositiveIntegerField(_("files at once"), null=True, blank=True)

    class Meta:
        verbose_name = _("upload handler")
        verbose_name_plural = _("upload handlers")
        ordering = ["name"]
