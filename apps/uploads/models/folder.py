"""Folders that keep files by rules."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from ...core.models import RegisteredRow
from .rule_fields import AcceptField, AccessRuleField, PathRulesField


class UploadFolder(RegisteredRow):
    """``name`` is the route: the part of the address after ``folders/``; its files have paths in it.

    ``access``: who may send files, which one of ``create_rules`` must allow where nothing has the path, and
    one of ``overwrite_rules`` where something has. ``read_access``: who may fetch a file;
    ``list_access``: who may see the names; ``delete_access``: who may delete; each empty for nobody.
    ``owner_only``: a user reads, lists, replaces and deletes files of her own alone, unless she may change
    the folder in the admin.
    ``quota_bytes``: what all files may take; ``keep_days``: for how long they are kept; both None for any.
    """

    root = models.CharField(_("root"), max_length=100, blank=True)
    access = AccessRuleField(_("who may send"), blank=True)
    read_access = AccessRuleField(_("who may fetch"), blank=True)
    list_access = AccessRuleField(_("who may list"), blank=True)
    delete_access = AccessRuleField(_("who may delete"), blank=True)
    owner_only = models.BooleanField(_("each user her own"), default=False)
    accept = AcceptField(_("accepted kinds"))
    create_rules = PathRulesField(_("new paths"))
    overwrite_rules = PathRulesField(_("replaced paths"))
    max_bytes = models.PositiveBigIntegerField(_("largest file, bytes"), null=True, blank=True)
    quota_bytes = models.PositiveBigIntegerField(_("room, bytes"), null=True, blank=True)
    keep_days = models.FloatField(_("kept for days"), null=True, blank=True)

    class Meta:
        verbose_name = _("upload folder")
        verbose_name_plural = _("upload folders")
        ordering = ["name"]
