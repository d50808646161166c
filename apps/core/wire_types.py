"""Types of users' annotations: how JSON is read as them."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from .annotations import is_readable

_PLACE = re.compile(r" - at `\$(?:\.([^`.\[]+)|\[(\d+)\])?.*`$")


def is_model(kind: Any) -> bool:
    """Whether the type is a pydantic model."""
    return isinstance(kind, type) and hasattr(kind, "model_validate") and hasattr(kind, "model_json_schema")


def known_type(kind: Any) -> Any:
    """Return the type if JSON can be read as it, else Any."""
    return kind if is_readable(kind, also=is_model) else Any


def read_model(kind: type, value: Any) -> Any:
    """Be msgspec's ``dec_hook``. Raises ValueError with pydantic's words."""
    return kind.model_validate(value)  # type: ignore[attr-defined]


def decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    """Return a strict reader of this type."""
    return msgspec.json.Decoder(kind, dec_hook=read_model)


def place_of(message: str) -> tuple[str, str | int | None]:
    """Split msgspec's message into what is wrong and where: a name, a position, or None for all of it."""
    found = _PLACE.search(message)
    if found is None:
        return message, None
    words = message[: found.start()]
    if found[1] is not None:
        return words, found[1]
    return words, None if found[2] is None else int(found[2])
