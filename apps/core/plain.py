"""Values of users' own that JSON does not know, as plain ones."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise


def as_plain(value: Any) -> Any:
    """Be msgspec's ``enc_hook``: pydantic models and Django's lazy texts. Raises TypeError for all else."""
    dump = getattr(type(value), "model_dump", None)
    if dump is not None and hasattr(type(value), "model_fields"):
        return dump(value, mode="json")
    if isinstance(value, Promise):
        return str(value)
    raise TypeError(
        f"a {type(value).__name__} cannot be sent; return data made of dicts, lists and plain values"
    )
