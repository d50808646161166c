"""JSON schemas as types of TypeScript."""

from __future__ import annotations

import json
import re
from typing import Any

IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)

RESERVED = frozenset(
    ("await", "break", "case", "catch", "class", "const", "continue", "debugger", "default", "delete", "do",
     "else", "enum", "export", "extends", "false", "finally", "for", "function", "if", "implements", "import",
     "in", "instanceof", "interface", "let", "new", "null", "package", "private", "protected", "public",
     "return", "static", "super", "switch", "this", "throw", "true", "try", "typeof", "var",
     "void", "while", "with", "yield", "arguments", "eval"),
)  # fmt: skip
"""Words that name neither a variable nor an argument."""

_PRIMITIVES = {
    "integer": "number",
    "number": "number",
    "string": "string",
    "boolean": "boolean",
    "null": "null",
}
_TAKEN = frozenset(
    ("any", "AbortSignal", "Api", "Array", "AsyncGenerator", "bigint", "boolean", "CallOptions",
     "ChannelHandlers", "Deletable", "Error", "Method", "NamedMethod", "never", "null", "number", "object",
     "Omit", "Pick", "Place", "Promise", "PromiseLike", "Record", "Rpc", "Served", "StreamMethod", "string",
     "symbol", "Tracked", "undefined", "unknown", "Value", "Values", "Verbs", "void", "Window", "Writable"),
)  # fmt: skip
"""Names that stand for something else in the file."""


def type_name(component: str) -> str:
    """Return the name of a component's type."""
    name = re.sub(r"[^\w$]", "_", component, flags=re.ASCII)
    return f"{name}_" if name in _TAKEN or not IDENTIFIER.fullmatch(name) else name


def key(name: str) -> str:
    """Return a property's name as it is written."""
    return name if IDENTIFIER.fullmatch(name) else json.dumps(name)


def ts_type(schema: Any) -> str:
    """Return the type of a schema; ``unknown`` for one that says nothing."""
    if not isinstance(schema, dict) or not schema:
        return "unknown"
    if "$ref" in schema:
        return type_name(schema["$ref"].rpartition("/")[2])
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(map(json.dumps, schema["enum"])) or "never"
    for word, sign in (("anyOf", " | "), ("oneOf", " | "), ("allOf", " & ")):
        if word in schema:
            return _joined(schema[word], sign)
    return _of_kind(schema)


def _joined(schemas: list[Any], sign: str) -> str:
    kinds = list(dict.fromkeys(ts_type(one) for one in schemas))
    return kinds[0] if len(kinds) == 1 else f"({sign.join(kinds)})"


def _of_kind(schema: dict[str, Any]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        return _joined([{**schema, "type": one} for one in kind], " | ")
    if kind == "array":
        return _array(schema)
    if kind == "object":
        return _object(schema)
    return _PRIMITIVES.get(kind or "", "unknown")


def _array(schema: dict[str, Any]) -> str:
    if "prefixItems" in schema:
        return f"[{', '.join(map(ts_type, schema['prefixItems']))}]"
    return f"Array<{ts_type(schema.get('items'))}>"


def _object(schema: dict[str, Any]) -> str:
    if "properties" not in schema:
        return f"Record<string, {ts_type(schema.get('additionalProperties'))}>"
    required = schema.get("required", ())
    fields = [
        f"{key(name)}{'' if name in required else '?'}: {ts_type(one)}"
        for name, one in schema["properties"].items()
    ]
    return f"{{ {'; '.join(fields)} }}" if fields else "Record<string, never>"
