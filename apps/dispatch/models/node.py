"""Folders, libraries, classes and methods, as operators see and change them."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from ...core.access import parse_rule
from ...core.exceptions import BadAccessRule
from ...core.models import RegisteredRow


class Node(RegisteredRow):
    """``name`` is the path. What is switched off takes all below it with it; for an empty ``access`` that of
    the nearest node above holds, then the settings'.
    """

    class Kind(models.TextChoices):
        FOLDER = "folder", _("folder")
        LIBRARY = "library", _("library")
        CLASS = "class", _("class")
        METHOD = "method", _("method")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, editable=False)
    access = models.CharField(_("access"), max_length=250, blank=True)

    class Meta:
        verbose_name = _("controller or method")
        verbose_name_plural = _("controllers and methods")
        ordering = ["name"]
        permissions = [("call_node", "Can call methods of controllers in the admin's console")]

    def clean(self) -> None:
        super().clean()
        try:
            if self.access:
                parse_rule(self.access)
        except BadAccessRule as error:
            raise ValidationError({"access": str(error)}) from error

    @property
    def parent_name(self) -> str:
        """The path of what it lies in, empty for what lies in nothing."""
        return self.name.rpartition("/")[0]
