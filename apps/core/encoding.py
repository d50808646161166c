"""Values as JSON bytes."""

from __future__ import annotations

from typing import Any

import msgspec
from django.db.models import Model, QuerySet
from django.utils.functional import Promise

from .wire_types import is_model


def encode(value: Any) -> bytes:
    """Return JSON of what msgspec knows, pydantic models and translations. Raises TypeError."""
    return _encoder.encode(value)


def _hook(value: Any) -> Any:
    if is_model(type(value)):
        return value.model_dump(mode="json")
    if isinstance(value, str | Promise):
        return str.__str__(str(value))
    if isinstance(value, Model | QuerySet):
        raise TypeError(
            f"a {type(value).__name__} has no form in JSON; choose what to show, as with values() or a dict"
        )
    raise TypeError(f"a {type(value).__name__} has no form in JSON")


_encoder = msgspec.json.Encoder(enc_hook=_hook)
