"""The row that says whether and how something registered in code is used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _


class RegisteredRow(models.Model):
    """Code says what exists, the row says whether and how.

    ``code_defaults`` remembers what the code said last, so that an operator's edit can be told from
    a default that the code changed.
    """

    name = models.CharField(_("name"), max_length=250, unique=True)
    enabled = models.BooleanField(_("enabled"), default=True)
    in_code = models.BooleanField(_("in code"), default=False, editable=False)
    code_defaults = models.JSONField(default=dict, blank=True, editable=False, encoder=DjangoJSONEncoder)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    def follow_code(self, values: Mapping[str, Any]) -> list[str]:
        """Take over the code's values where nobody edited them; return the names of changed fields."""
        changed = [
            field
            for field, value in values.items()
            if self._is_unedited(field) and getattr(self, field) != value
        ]
        for field in changed:
            setattr(self, field, values[field])
        if self.code_defaults != dict(values):
            self.code_defaults = dict(values)
            changed.append("code_defaults")
        if not self.in_code:
            self.in_code = True
            changed.append("in_code")
        return changed

    def edited_fields(self) -> list[str]:
        """Return the fields whose value is not the code's."""
        return [field for field, value in self.code_defaults.items() if getattr(self, field) != value]

    def reset_to_code(self) -> list[str]:
        """Give up all edits; return the names of the changed fields. The caller saves."""
        edited = self.edited_fields()
        for field in edited:
            setattr(self, field, self.code_defaults[field])
        return edited

    def _is_unedited(self, field: str) -> bool:
        return field not in self.code_defaults or getattr(self, field) == self.code_defaults[field]
