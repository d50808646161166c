"""The row that says whether and how something registered in code is used."""

from __future__ import annotations

import json
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
    code_defaults = models.JSONField(default=dict, blank=True, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    def follow_code(self, values: Mapping[str, Any]) -> list[str]:
        """Take over the code's values where nobody edited them; return the names of changed fields."""
        edited = set(self.edited_fields())
        changed = [
            field for field, value in values.items() if field not in edited and getattr(self, field) != value
        ]
        for field in changed:
            setattr(self, field, values[field])
        defaults = {field: _as_json(value) for field, value in values.items()}
        if self.code_defaults != defaults:
            self.code_defaults = defaults
            changed.append("code_defaults")
        if not self.in_code:
            self.in_code = True
            changed.append("in_code")
        return changed

    def edited_fields(self) -> list[str]:
        """Return the fields whose value is not the code's."""
        return [
            field for field, value in self.code_defaults.items() if _as_json(getattr(self, field)) != value
        ]

    def reset_to_code(self) -> list[str]:
        """Give up all edits; return the names of the changed fields. The caller saves."""
        edited = self.edited_fields()
        for field in edited:
            setattr(self, field, _field(self, field).to_python(self.code_defaults[field]))
        return edited


def _as_json(value: Any) -> Any:
    """Return the value as it comes back from the JSON column."""
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))


def _field(row: models.Model, name: str) -> models.Field[Any, Any]:
    field = row._meta.get_field(name)
    assert isinstance(field, models.Field)
    return field
