"""The form of a job: a function of the registry, and where its value goes."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import Job
from ..registry import CONTEXT, FunctionEntry, functions, job_name

if TYPE_CHECKING:
    Form = forms.ModelForm[Job]
else:
    Form = forms.ModelForm

Choice = tuple[str, str]
Choices = list[Choice | tuple[str, list[Choice]]]


def function_choices() -> Choices:
    """Return the registered functions with signature and summary, grouped by module."""
    entries = sorted(functions, key=lambda entry: entry.name)
    grouped = groupby(entries, key=lambda entry: entry.function.__module__)
    return [(module, [(entry.name, _described(entry)) for entry in group]) for module, group in grouped]


def _described(entry: FunctionEntry) -> str:
    call = f"{entry.function.__qualname__}{_signature(entry)}"
    return f"{call} \N{EM DASH} {entry.summary}" if entry.summary else call


def _signature(entry: FunctionEntry) -> str:
    """What the keyword arguments must fit: without the context, which the run itself gives."""
    try:
        parameters = inspect.signature(entry.function, eval_str=True).parameters.values()
    except (NameError, TypeError):  # annotations that only a type checker can read
        parameters = inspect.signature(entry.function).parameters.values()
    return f"({', '.join(str(parameter) for parameter in parameters if parameter.name != CONTEXT)})"


class JobForm(Form):
    """Without a name the job is called after its page and tag, as in code."""

    function = forms.ChoiceField(label=_("Function"))

    class Meta:
        model = Job
        fields = "__all__"
        widgets = {"kwargs": forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "name" in self.fields:
            self.fields["name"].required = False
            self.fields["name"].help_text = _("Empty: after the page and the tag.")
        field = self.fields["function"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(self._choices())

    def _choices(self) -> Iterator[Any]:
        """The function of a job whose code is gone stays shown; the model refuses to save it."""
        yield ("", "---------")
        current = self.instance.function
        if current and current not in functions:
            yield (current, _("%(function)s (not in code)") % {"function": current})
        yield from function_choices()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "name" in self.fields and not data.get("name") and data.get("page") and data.get("tag_id"):
            data["name"] = job_name(
                data["page"].name, data["tag_id"], data.get("kind", ""), data.get("attribute", "")
            )
        return data
