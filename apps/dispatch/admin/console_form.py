"""The console's form: one field for each parameter, or what is sent as a whole."""

from __future__ import annotations

from typing import Any

import msgspec
from django import forms
from django.utils.translation import gettext as _

from ...core.admin import type_text
from ...core.admin.example import example_value
from ...core.admin.value_field import JsonField, dress, shown_value, suggest, value_field
from ..fields import Field
from ..registry import Endpoint
from .console_request import Asked

PREFIX = "arg-"
QUERY = "query"
BODY = "body"
MORE = "more"


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files, cleaned to a list."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        some = data if isinstance(data, list | tuple) else [data]
        return [file for file in (super(FilesField, self).clean(one, initial) for one in some) if file]


class CallForm(forms.Form):
    """``asked`` is what is to be sent, of a form that is valid."""

    def __init__(self, endpoint: Endpoint, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files)
        self.endpoint = endpoint
        given = endpoint.parameters
        for field in given.fields:
            self.fields[PREFIX + field.name] = _form_field(field)
        if given.takes_params:
            self.fields[QUERY] = _whole_field(_("Query"), _("An object, as JSON: names and texts."), dict)
            if endpoint.methods != ("GET",):
                help_text = _("JSON; it arrives as params[“data”]. A GET sends none.")
                self.fields[BODY] = _whole_field(_("Body"), help_text, None)
        elif given.rest is not None:
            self.fields[MORE] = _whole_field(_("Other names"), _("An object, as JSON."), dict)

    def asked(self, method: str) -> Asked:
        """Return what is to be sent by this method of HTTP."""
        if self.endpoint.parameters.takes_params:
            return self._asked_as_a_whole(method)
        values = self._values() | (self.cleaned_data.get(MORE) or {})
        files = self._files()
        if files:
            return Asked(method, {}, form=values, files=files)
        return Asked(method, values) if method == "GET" else Asked(method, {}, body=values)

    def _asked_as_a_whole(self, method: str) -> Asked:
        query, body = self.cleaned_data[QUERY] or {}, self.cleaned_data.get(BODY)
        is_sent = method != "GET" and self.data.get(BODY, "").strip() != ""
        return Asked(method, query, body if is_sent else msgspec.UNSET)

    def _values(self) -> dict[str, Any]:
        plain = [field for field in self.endpoint.parameters.fields if not field.is_file]
        found = {field.name: self.cleaned_data[PREFIX + field.name] for field in plain}
        return {field.name: found[field.name] for field in plain if not self._is_left_out(field, found)}

    def _is_left_out(self, field: Field, found: dict[str, Any]) -> bool:
        """Nothing typed means the default; of a text that must be given it means the empty text."""
        is_empty = self.data.get(PREFIX + field.name, "") == ""
        return is_empty and not (field.is_required and isinstance(found[field.name], str))

    def _files(self) -> dict[str, list[Any]]:
        chosen = {field.name: self.cleaned_data[PREFIX + field.name] for field in self._file_fields()}
        return {name: some if isinstance(some, list) else [some] for name, some in chosen.items() if some}

    def _file_fields(self) -> list[Field]:
        return [field for field in self.endpoint.parameters.fields if field.is_file]


def example_of(endpoint: Endpoint) -> Asked:
    """Return, before anything was asked, what must be given, with values of its kind."""
    method, needed = endpoint.methods[0], [one for one in endpoint.parameters.fields if one.is_required]
    values = {one.name: example_value(one.type) for one in needed if not one.is_file}
    if any(one.is_file for one in needed):
        return Asked(method, {}, form=values, files={one.name: [] for one in needed if one.is_file})
    if endpoint.parameters.takes_params:
        return Asked(method, {})
    return Asked(method, values) if method == "GET" else Asked(method, {}, body=values)


def _form_field(one: Field) -> forms.Field:
    field: forms.Field
    if one.is_file:
        field = (
            FilesField(required=one.is_required) if one.is_list else forms.FileField(required=one.is_required)
        )
    else:
        field = value_field(one.type, is_required=one.is_required)
        suggest(field, one.type)
    field.label = one.name
    texts = [type_text(one.annotation if one.annotation is not None else Any)]
    if not (one.is_required or one.is_file):
        default = _plain_default(one)
        field.initial = shown_value(one.type, default)
        texts.append(_("empty: %(default)s") % {"default": shown_value(Any, default)})
    dress(field, one.name, ", ".join(text for text in texts if text))
    return field


def _plain_default(one: Field) -> Any:
    try:
        return msgspec.to_builtins(one.default, str_keys=True)
    except TypeError:
        return str(one.default)


def _whole_field(label: str, help_text: str, only: type | None) -> forms.Field:
    field = JsonField(required=False, only=only)
    field.label, field.help_text = label, help_text
    return field
