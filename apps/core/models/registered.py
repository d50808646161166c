"""The row that says whether and how something registered in code is used."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.timezone import is_aware
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
        defaults = {field: self._plain(field, value) for field, value in values.items()}
        # A row that a person made before the code knew its name is edited all over.
        is_a_persons = not (self.in_code or self.code_defaults)
        kept = set(values) if is_a_persons else {*self.edited_fields(), *self._edited_before(values)}
        changed = [
            field
            for field, default in defaults.items()
            if field not in kept and self._plain(field, getattr(self, field)) != default
        ]
        for field in changed:
            setattr(self, field, self._field(field).to_python(values[field]))
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
            field
            for field, default in self.code_defaults.items()
            if self._plain(field, getattr(self, field)) != default
        ]

    def reset_to_code(self) -> list[str]:
        """Give up all edits; return the names of the changed fields. The caller saves.

        ``enabled`` stays: a pause is for its moment, no edit of what the code says.
        """
        edited = [field for field in self.edited_fields() if field != "enabled"]
        for field in edited:
            setattr(self, field, self._field(field).to_python(self.code_defaults[field]))
        return edited

    def _edited_before(self, values: Iterable[str]) -> list[str]:
        """Return the fields of which the code speaks only now, and that are not at their defaults."""
        if self._state.adding:
            return []
        new = [name for name in values if name not in self.code_defaults and self._field(name).has_default()]
        return [
            name
            for name in new
            if self._plain(name, getattr(self, name)) != self._plain(name, self._field(name).get_default())
        ]

    def _plain(self, name: str, value: Any) -> Any:
        """Return the field's value as it comes back from the JSON column, the same for the same instant."""
        value = self._field(name).to_python(value)
        if isinstance(value, datetime) and is_aware(value):
            value = value.astimezone(UTC)
        return json.loads(json.dumps(value, cls=DjangoJSONEncoder))

    def _field(self, name: str) -> models.Field[Any, Any]:
        field = self._meta.get_field(name)
        assert isinstance(field, models.Field)
        return field
