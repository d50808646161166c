"""Form fields for annotations. What a field is cleaned to is JSON; the endpoint itself reads it strictly."""

from __future__ import annotations

import enum
import json
import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from django import forms
from django.utils.translation import gettext as _

from ..redact import looks_secret
from .example import example_value
from .typed_json import read_json


class JsonField(forms.CharField):
    """JSON, typed as text; empty: not given. ``only``: list or dict, if nothing else will do."""

    widget = forms.Textarea

    def __init__(self, *, only: type | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.only = only
        self.widget.attrs |= {"rows": 3, "spellcheck": "false"}

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return read_json(text) if text else None

    def validate(self, value: Any) -> None:
        """JSON's own null, empty lists and empty objects are values."""
        if self.only is not None and value is not None and not isinstance(value, self.only):
            wanted = _("an array") if self.only is list else _("an object")
            raise forms.ValidationError(_("Write %(wanted)s.") % {"wanted": wanted})

    def clean(self, value: Any) -> Any:
        if self.required and (value or "").strip() == "":
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return super().clean(value)


def value_field(kind: Any, *, is_required: bool) -> forms.Field:
    """Return the field for a value of this type."""
    kind, may_be_none = without_none(kind)
    choices = choices_of(kind)
    needed = is_required and not may_be_none
    if choices is not None:
        return _choice(choices, is_required=needed)
    if kind is int:
        return forms.IntegerField(required=needed)
    if kind is float:
        return forms.FloatField(required=needed, widget=forms.NumberInput(attrs={"step": "any"}))
    if kind is str:
        # An empty text is a text; only for None there is nothing else to type.
        return forms.CharField(required=False, strip=False, empty_value=None if may_be_none else "")
    return JsonField(required=needed)


def without_none(kind: Any) -> tuple[Any, bool]:
    """Split ``T | None`` into T and whether None may be."""
    if get_origin(kind) is Annotated:
        return without_none(get_args(kind)[0])
    if get_origin(kind) not in (Union, types.UnionType):
        return kind, False
    others = [each for each in get_args(kind) if each is not type(None)]
    may_be_none = len(others) < len(get_args(kind))
    return (without_none(others[0])[0] if len(others) == 1 else Any), may_be_none


def choices_of(kind: Any) -> list[Any] | None:
    """Return the values of a type that has few, as JSON has them; None if it is another type."""
    if kind is bool:
        return [True, False]
    if get_origin(kind) is Literal:
        return list(get_args(kind))
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return [member.value for member in kind]
    return None


def shown_value(kind: Any, value: Any) -> str:
    """Return what stands in the field for a value that is JSON."""
    inner, _may_be_none = without_none(kind)
    if value is None and choices_of(inner) is None and inner in (int, float, str):
        return ""
    if inner is str and isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _choice(values: list[Any], *, is_required: bool) -> forms.Field:
    choices = [
        (json.dumps(value), value if isinstance(value, str) else json.dumps(value)) for value in values
    ]
    return forms.TypedChoiceField(
        choices=[("", _("not given")), *choices],
        coerce=json.loads,
        empty_value=None,
        required=is_required,
    )


def suggest(field: forms.Field, kind: Any) -> None:
    """Show in an empty box for JSON what could stand there."""
    if isinstance(field, JsonField) and kind is not Any:
        field.widget.attrs["placeholder"] = json.dumps(example_value(kind), ensure_ascii=False)


def dress(field: forms.Field, name: str, help_text: str) -> None:
    """Put the help below the field; what is typed for a name that looks secret is not shown."""
    field.help_text = help_text
    field.widget.attrs["autocomplete"] = "off"
    if looks_secret(name) and isinstance(field.widget, forms.TextInput):
        field.widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
