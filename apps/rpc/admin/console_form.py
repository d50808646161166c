"""The console's forms: one field for each parameter, or one for an attribute's new value."""

from __future__ import annotations

from typing import Any

import msgspec
from django import forms
from django.utils.translation import gettext as _

from ...core.admin import type_text
from ...core.admin.value_field import JsonField, dress, shown_value, suggest, value_field
from ...core.describe import plain_default
from ..endpoints import AttributeEndpoint, FunctionEndpoint
from ..parameters import Parameter

PREFIX = "arg-"
VALUE = "value"


class CallForm(forms.Form):
    """``arguments`` are those that were given, as JSON by name; ``rest`` what goes to ``*args``."""

    def __init__(self, endpoint: FunctionEndpoint, data: Any = None) -> None:
        super().__init__(data)
        self.listed = endpoint.parameters.listed
        for one in self.listed:
            self.fields[PREFIX + one.name] = _parameter_field(one)

    def arguments(self) -> dict[str, Any]:
        """Return the arguments by name, of a form that is valid."""
        given: dict[str, Any] = {}
        has_rest = bool(self.rest())
        for one in self.listed:
            value = self.cleaned_data[PREFIX + one.name]
            if one.kind == "named_rest":
                given |= value or {}
            elif one.kind != "rest" and not self._is_left_out(one, value):
                given[one.name] = value
            elif has_rest and one.kind == "positional":
                given[one.name] = plain_default(one.default)  # what comes after it needs its place
        return given

    def rest(self) -> list[Any]:
        """Return the arguments beyond those with a name."""
        return next((self._rest_of(one) for one in self.listed if one.kind == "rest"), [])

    def _rest_of(self, one: Parameter) -> list[Any]:
        return self.cleaned_data[PREFIX + one.name] or []

    def _is_left_out(self, one: Parameter, value: Any) -> bool:
        """Nothing typed means the default, unless an empty text can be what is meant."""
        if self.data.get(PREFIX + one.name, "") != "":
            return False
        return not (isinstance(value, str) and (one.is_required or one.default != ""))


class ValueForm(forms.Form):
    """The new value of an attribute."""

    def __init__(self, endpoint: AttributeEndpoint, data: Any = None) -> None:
        super().__init__(data)
        field = value_field(endpoint.type, is_required=True)
        field.label = _("New value")
        suggest(field, endpoint.type)
        dress(field, endpoint.name.rpartition(".")[2], type_text(endpoint.type))
        self.fields[VALUE] = field


def _parameter_field(one: Parameter) -> forms.Field:
    field: forms.Field
    if one.kind in ("rest", "named_rest"):
        field = JsonField(required=False, only=list if one.kind == "rest" else dict)
    else:
        field = value_field(one.type, is_required=one.is_required)
        suggest(field, one.type)
    stars = {"rest": "*", "named_rest": "**"}.get(one.kind, "")
    field.label = f"{stars}{one.name}"
    texts = [type_text(one.annotation if one.annotation is not None else one.type)]
    if one.kind in ("rest", "named_rest"):
        texts.append(_("an array as JSON") if one.kind == "rest" else _("an object as JSON"))
    if one.default is not msgspec.NODEFAULT:
        default = plain_default(one.default)
        field.initial = shown_value(one.type, default)
        texts.append(_("empty: %(default)s") % {"default": shown_value(Any, default)})
    dress(field, one.name, ", ".join(text for text in texts if text))
    return field
