"""Served objects and their members, as operators see and change them."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from ...core.access import parse_rule
from ...core.exceptions import BadAccessRule
from ...core.models import RegisteredRow


class AccessRow(RegisteredRow):
    """Who may do what; for an empty rule the next wider one holds: the object's, the code's."""

    access = models.CharField(_("access"), max_length=250, blank=True)
    set_access = models.CharField(_("access to set"), max_length=250, blank=True)
    delete_access = models.CharField(_("access to delete"), max_length=250, blank=True)

    class Meta:
        abstract = True

    def rules(self) -> dict[str, str]:
        """Return the rule before each verb, as far as this row says one."""
        rules = {
            "get": self.access,
            "call": self.access,
            "set": self.set_access or self.access,
            "delete": self.delete_access or self.access,
        }
        return {verb: rule for verb, rule in rules.items() if rule}

    def clean(self) -> None:
        super().clean()
        problems = {}
        for field in ("access", "set_access", "delete_access"):
            try:
                if getattr(self, field):
                    parse_rule(getattr(self, field))
            except BadAccessRule as error:
                problems[field] = str(error)
        if problems:
            raise ValidationError(problems)


class RemoteObject(AccessRow):
    """One served object."""

    class Meta:
        verbose_name = _("object")
        verbose_name_plural = _("objects")
        ordering = ["name"]


class RemoteMember(AccessRow):
    """One method or attribute; ``name`` is its path."""

    object = models.ForeignKey(RemoteObject, on_delete=models.CASCADE, related_name="members")
    kind = models.CharField(_("kind"), max_length=10, editable=False)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering = ["name"]
        permissions = [("call_member", "Can call and change served objects in the admin's console")]
