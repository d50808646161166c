"""JSON schemas as types of Python, such that ``msgspec`` reads answers as them."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass, field
from typing import Any

Schema = dict[str, Any]

_PRIMITIVES = {"integer": "int", "number": "float", "boolean": "bool", "null": "None"}
_FORMATS = {
    "date-time": "datetime.datetime",
    "date": "datetime.date",
    "time": "datetime.time",
    "duration": "datetime.timedelta",
    "uuid": "uuid.UUID",
    "decimal": "decimal.Decimal",
}
_BUILTINS = frozenset(("bool", "bytes", "dict", "float", "int", "list", "str", "tuple"))
_LIKE_TEXT = ("str", "bytes", *_FORMATS.values())
_TAKEN = frozenset(
    ("Any", "Api", "AsyncApi", "AsyncIterator", "Client", "Coroutine", "Iterator", "Literal", "None",
     "SyncClient", "True", "False", "TypeAlias", "UNSET", "UnsetType", "bool", "builtins", "bytes",
     "datetime", "decimal", "dict", "float", "int", "list", "msgspec", "property", "str", "tuple", "uuid"),
)  # fmt: skip
"""Names that stand for something else in the module."""


def class_name(text: str) -> str:
    """Return a component's name in Python."""
    name = re.sub(r"\W", "_", text)
    return f"{name}_" if name in _TAKEN or keyword.iskeyword(name) or not name.isidentifier() else name


@dataclass(frozen=True, kw_only=True)
class Types:
    """The types of one document. ``tags`` are those of the members of tagged unions: (field, value) by name.

    ``home`` is ``builtins.`` where a member of an object is called like a type, and would hide it.
    """

    components: dict[str, Schema]
    tags: dict[str, tuple[str, str]] = field(default_factory=dict)
    home: str = ""

    def of(self, schema: Any) -> str:
        """Return the type of a schema; ``Any`` for one that says nothing."""
        if not isinstance(schema, dict) or not schema:
            return "Any"
        if "$ref" in schema:
            return class_name(schema["$ref"].rpartition("/")[2])
        if "const" in schema or "enum" in schema:
            return _literal(schema["enum"] if "enum" in schema else [schema["const"]])
        if len(schema.get("allOf", ())) == 1:
            return self.of(schema["allOf"][0])
        for word in ("anyOf", "oneOf"):
            if word in schema:
                return self._union(schema[word])
        return self._of_kind(schema)

    def _of_kind(self, schema: Schema) -> str:
        kind = schema.get("type")
        if isinstance(kind, list):
            return self._union([{**schema, "type": one} for one in kind])
        if kind == "string":
            text = f"{self.home}{'bytes' if 'contentEncoding' in schema else 'str'}"
            return _FORMATS.get(schema.get("format", ""), text)
        if kind == "array":
            if "prefixItems" in schema:
                return f"{self.home}tuple[{', '.join(map(self.of, schema['prefixItems']))}]"
            return f"{self.home}list[{self.of(schema.get('items'))}]"
        if kind == "object":
            return f"{self.home}dict[{self.home}str, {self.of(schema.get('additionalProperties'))}]"
        primitive = _PRIMITIVES.get(kind or "", "Any")
        return primitive if primitive in ("None", "Any") else f"{self.home}{primitive}"

    def _union(self, schemas: list[Schema]) -> str:
        """Return the union, or Any for one whose members could not be told apart when they are read."""
        kinds = list(dict.fromkeys(self.of(one) for one in schemas))
        ambiguous = [group for group in map(self._group, schemas) if group]
        if "Any" in kinds or len(set(ambiguous)) < len(ambiguous):
            return "Any"
        return " | ".join(kinds)

    def _group(self, schema: Schema) -> str:
        """Return what may stand in a union once only."""
        name = schema.get("$ref", "").rpartition("/")[2]
        kind = self.of(schema).removeprefix(self.home)
        if name in self.tags:
            return f"tagged {name}"
        if "properties" in self.components.get(name, {}) or kind.startswith("dict["):
            return "object"
        if kind.startswith(("list[", "tuple[")):
            return "array"
        return "text" if name or kind in _LIKE_TEXT or kind.startswith("Literal[") else ""


def types_of(document: dict[str, Any]) -> Types:
    """Return the types of a document."""
    tags: dict[str, tuple[str, str]] = {}
    _collect_tags(document, tags)
    paths = [one["name"] for one in (*document["methods"], *document["x-smallweb-attributes"])]
    hidden = {part for path in paths for part in path.split(".")} & _BUILTINS
    return Types(components=document["components"]["schemas"], tags=tags, home="builtins." if hidden else "")


def _collect_tags(part: Any, tags: dict[str, tuple[str, str]]) -> None:
    if isinstance(part, list):
        for one in part:
            _collect_tags(one, tags)
    elif isinstance(part, dict):
        told = part.get("discriminator")
        if isinstance(told, dict) and "mapping" in told:
            for tag, reference in told["mapping"].items():
                tags[reference.rpartition("/")[2]] = (told["propertyName"], tag)
        for one in part.values():
            _collect_tags(one, tags)


def _literal(values: list[Any]) -> str:
    if not all(isinstance(value, str | int | None) for value in values) or not values:
        return "Any"
    return f"Literal[{', '.join(map(repr, values))}]"


def simple_default(schema: Schema) -> str | None:
    """Return the default as Python writes it, None where it is none that the type has for certain."""
    if "default" not in schema:
        return None
    value = schema["default"]
    if value is None:
        may_be_none = any(one.get("type") == "null" for one in schema.get("anyOf", ()))
        return "None" if may_be_none else None
    if value in schema.get("enum", ()) or (
        schema.get("type") in _EXACT
        and type(value) in _EXACT[schema["type"]]
        and "format" not in schema
        and "contentEncoding" not in schema
    ):
        return repr(value)
    return None


_EXACT: dict[Any, tuple[type, ...]] = {
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
    "boolean": (bool,),
}
