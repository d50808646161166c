"""Numbers of bytes, as people read and write them."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")
_WRITTEN = re.compile(r"(\d{1,20}(?:[.,]\d{1,20})?)\s*([kmgt]?)(?:i?b|bytes)?", re.IGNORECASE | re.ASCII)
_MAX_BYTES = 2**62


def size_text(size_bytes: float) -> str:
    """Return the size in the largest unit of which there is at least one."""
    place = 0
    while size_bytes >= 1024 and place < len(_UNITS) - 1:
        size_bytes, place = size_bytes / 1024, place + 1
    digits = 0 if place == 0 or size_bytes >= 100 else 1
    return f"{size_bytes:.{digits}f} {_UNITS[place]}"


class SizeField(forms.CharField):
    """``10 MiB``, ``10M`` or a number of bytes, all in powers of 1024; cleaned to bytes, None for nothing."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs["maxlength"] = 30

    def prepare_value(self, value: Any) -> Any:
        return exact_text(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        found = _WRITTEN.fullmatch(text)
        size = 0 if found is None else _bytes_of(found[1], found[2])
        if found is None or size > _MAX_BYTES:
            raise forms.ValidationError(_("Write a size, like 500 KiB, 10 MiB or 1.5 GiB."))
        return size

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.clean(data) != initial)
        except forms.ValidationError:
            return True


def exact_text(size_bytes: int) -> str:
    """Return the size so that nothing is lost: in the largest unit of which it is a whole number."""
    place = 0
    while size_bytes and size_bytes % 1024 == 0 and place < len(_UNITS) - 1:
        size_bytes, place = size_bytes // 1024, place + 1
    return f"{size_bytes} {_UNITS[place]}"


def _bytes_of(number: str, unit: str) -> int:
    return int(float(number.replace(",", ".")) * 1024 ** "bkmgt".index(unit.lower() or "b"))
