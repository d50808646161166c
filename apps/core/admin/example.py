"""Some JSON that fits a type, for people to replace."""

from __future__ import annotations

from typing import Any

from ..schemas import schemas_of
from ..wire_types import known_type

_PLAIN: dict[Any, Any] = {
    "integer": 1, "number": 1.5, "string": "text", "boolean": True, "array": [], "object": {}, "null": None,
}  # fmt: skip
_MAX_DEPTH = 5


def example_value(kind: Any) -> Any:
    """Return it; an empty object for a type of which no schema can be made."""
    if known_type(kind) is Any:
        return {}
    (schema,), definitions = schemas_of([kind])
    return _example(schema, definitions, _MAX_DEPTH)


def _example(schema: dict[str, Any], definitions: dict[str, Any], depth: int) -> Any:
    if "$ref" in schema:
        named = definitions.get(schema["$ref"].rpartition("/")[2], {})
        return _example(named, definitions, depth - 1) if depth else {}
    if schema.get("enum"):
        return schema["enum"][0]
    for either in schema.get("anyOf", ()):
        if either.get("type") != "null":
            return _example(either, definitions, depth)
    if schema.get("type") == "array" and isinstance(schema.get("items"), dict):
        return [_example(schema["items"], definitions, depth)]
    if "properties" in schema:
        needed = schema.get("required", ())
        properties = schema["properties"]
        return {name: _example(properties[name], definitions, depth) for name in needed if name in properties}
    return _PLAIN.get(schema.get("type"), {})
