"""Lists of rules, one in a line."""

from __future__ import annotations

from typing import Any

from django import forms


class LinesField(forms.CharField):
    """Cleaned to a list of the lines that are not empty."""

    widget = forms.Textarea

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs |= {"rows": 4, "cols": 40, "spellcheck": "false", "autocomplete": "off"}

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in str(value or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(data) != (initial or []))
