"""The form of a tracked value: JSON that fits the type of the code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ...core.admin import as_json, read_json
from ...core.exceptions import BadArguments
from ...core.redact import HIDDEN, redact, restore
from ...core.wire_types import place_of
from ..endpoints import AttributeEndpoint
from ..models import TrackedValue
from ..registry import endpoints

if TYPE_CHECKING:
    Form = forms.ModelForm[TrackedValue]
else:
    Form = forms.ModelForm


def tracked_endpoints() -> list[AttributeEndpoint]:
    """Return the tracked values of the code."""
    found = [each for each in endpoints if isinstance(each, AttributeEndpoint) and each.channel]
    return sorted(found, key=lambda each: each.name)


def tracked_endpoint(path: str) -> AttributeEndpoint | None:
    """Return the tracked value of this path, None where its code is gone."""
    return next((each for each in tracked_endpoints() if each.name == path), None)


def hidden(path: str, value: Any) -> Any:
    """Return the value as it may be shown: under a name that looks secret it is not."""
    name = path.rpartition(".")[2]
    return redact({name: value})[name]


class TrackedValueForm(Form):
    """``new_value`` is cleaned to what the code's annotation says."""

    new_value = forms.CharField(
        label=gettext_lazy("Value, as JSON"),
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
    )

    class Meta:
        model = TrackedValue
        fields = ("path",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            shown = hidden(self.instance.path, self.instance.value["value"])
            self.initial["new_value"] = as_json(shown)
            if shown != self.instance.value["value"] and "new_value" in self.fields:
                text = _("%(hidden)s stands for a value that is kept as it was.") % {"hidden": HIDDEN}
                self.fields["new_value"].help_text = text
        if "path" in self.fields:
            set_already = set(TrackedValue.objects.values_list("path", flat=True))
            free = [each.name for each in tracked_endpoints() if each.name not in set_already]
            self.fields["path"] = forms.ChoiceField(label=_("Path"), choices=[(path, path) for path in free])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        path = data.get("path") or self.instance.path
        if path and "new_value" in data:
            try:
                data["new_value"] = self._typed(path, data["new_value"])
            except forms.ValidationError as error:
                self.add_error("new_value", error)
        return data

    def _typed(self, path: str, text: str) -> Any:
        endpoint = tracked_endpoint(path)
        if endpoint is None:
            raise forms.ValidationError(_("The code of this value is gone; it can only be deleted."))
        name = path.rpartition(".")[2]
        before = {name: self.instance.value["value"]} if self.instance.pk else {}
        try:
            plain = restore({name: read_json(text)}, before)[name]
            return endpoint.reader.decode(msgspec.json.encode(plain))
        except BadArguments as error:
            raise forms.ValidationError(str(error)) from error
        except (msgspec.MsgspecError, ValueError, RecursionError, OverflowError) as error:
            words, place = place_of(str(error))
            raise forms.ValidationError(words if place is None else f"{place}: {words}") from error
