"""Functions and values as members of TypeScript's interfaces; JavaScript's comments use the same types."""

from __future__ import annotations

from .tree import Branch, Function, Parameter, Value
from .ts_types import IDENTIFIER, RESERVED, key, ts_type

NEVER_REMOTE = frozenset(("then", "toJSON", "constructor", "prototype", "__proto__", "inspect"))
"""Names that rpc.js keeps from the server."""


def reachable(branch: Branch) -> dict[str, Branch | Function | Value]:
    """Return the members that can be reached by their names in JavaScript."""
    return {name: one for name, one in branch.members.items() if name not in NEVER_REMOTE}


def method_type(function: Function) -> str:
    """Return the type of what is called."""
    named, result = _named(function), ts_type(function.result)
    if function.needs_names:
        return f"NamedMethod<{named}, {result}>"
    if function.item is not None:
        return f"StreamMethod<{_positions(function)}, {ts_type(function.item)}, {named}>"
    return f"Method<{_positions(function)}, {result}, {named}>"


def value_type(value: Value) -> str:
    """Return the type of what is awaited for a value."""
    return f"{'Tracked' if value.is_tracked else 'Value'}<{ts_type(value.schema)}>"


def comment(doc: str, indent: str, *tags: str) -> str:
    """Return a JSDoc comment with its line end, nothing if there is nothing to say."""
    lines = [*doc.replace("*/", "*\\/").splitlines(), *tags]
    if not lines:
        return ""
    if len(lines) == 1:
        return f"{indent}/** {lines[0]} */\n"
    body = "".join(f"{indent} * {line}".rstrip() + "\n" for line in lines)
    return f"{indent}/**\n{body}{indent} */\n"


def _positions(function: Function) -> str:
    parts = [_labelled(number, one) for number, one in enumerate(function.of_kind("positional"))]
    parts += [f"...{_label(0, one)}: Array<{ts_type(one.schema)}>" for one in function.of_kind("rest")]
    return f"[{', '.join(parts)}]"


def _labelled(number: int, one: Parameter) -> str:
    return f"{_label(number, one)}{'' if one.is_required else '?'}: {ts_type(one.schema)}"


def _label(number: int, one: Parameter) -> str:
    is_free = IDENTIFIER.fullmatch(one.name) and one.name not in RESERVED
    return one.name if is_free else f"arg{number}"


def _named(function: Function) -> str:
    fields = [
        f"{key(one.name)}{'' if one.is_required else '?'}: {ts_type(one.schema)}"
        for one in function.of_kind("positional", "keyword")
    ]
    if function.of_kind("named_rest"):
        fields.append("[more: string]: unknown")
    return f"{{ {'; '.join(fields)} }}" if fields else "Record<string, never>"
