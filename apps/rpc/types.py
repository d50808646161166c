"""Types of users' annotations: how JSON is read as them, and which schema describes them."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from ..core.annotations import is_readable

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


def schemas_of(kinds: list[Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return a JSON schema for each type, and the definitions that they refer to (``#/$defs/<name>``)."""
    return _schemas(kinds, "#/$defs/{name}")


def openrpc_schemas_of(kinds: list[Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Do the same with the references of an OpenRPC document."""
    return _schemas(kinds, "#/components/schemas/{name}")


def _schemas(kinds: list[Any], template: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    schemas, definitions = msgspec.json.schema_components(
        kinds, ref_template=template, schema_hook=lambda kind: _model_schema(kind)
    )
    return list(schemas), definitions


def _model_schema(kind: type) -> dict[str, Any]:
    if not is_model(kind):
        raise NotImplementedError(f"no schema for {kind.__name__}")
    return kind.model_json_schema()  # type: ignore[attr-defined,no-any-return]


def place_of(message: str) -> tuple[str, str | int | None]:
    """Split msgspec's message into what is wrong and where: a name, a position, or None for all of it."""
    found = _PLACE.search(message)
    if found is None:
        return message, None
    words = message[: found.start()]
    if found[1] is not None:
        return words, found[1]
    return words, None if found[2] is None else int(found[2])
