"""A typed module over ``smallweb.rpc.client``."""

from __future__ import annotations

import keyword
from typing import Any

from .py_members import Names, async_class, sync_class
from .py_types import Types, class_name, simple_default, types_of
from .tree import Branch, Function, Value, tree_of

_HEAD = '''\
"""The objects that one caller reaches: ``Api(client).sample.add(4, 5)``.

Made by "manage.py smallweb_rpc client --py" from version {version}; make it anew when the objects change.
"""

# ruff: noqa
from __future__ import annotations

import builtins
import datetime
import decimal
import uuid
from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from smallweb.rpc.client import Client, SyncClient
'''

_READ = '''\
def _read(_path: str, _raw: Any) -> Any:
    """Return an answer as what its type says. Raises msgspec.ValidationError when it is something else."""
    return msgspec.convert(_raw, _types()[_path])


def _given(_values: dict[str, Any]) -> dict[str, Any]:
    return {_name: _value for _name, _value in _values.items() if _value is not UNSET}
'''


def python(document: dict[str, Any]) -> str:
    """Return the module; it passes ``mypy --strict``. ``Api`` takes a SyncClient, ``AsyncApi`` a Client."""
    root, types = tree_of(document), types_of(document)
    names = Names({class_name(name) for name in types.components})
    branches = [*_below(root), root]
    for branch in branches:
        names.give(branch.path)
    parts = [
        _HEAD.format(version=document["info"]["version"]),
        *(_component(types, name, one) for name, one in _classes_first(types)),
        _READ,
        *(sync_class(types, names, branch) for branch in branches),
        *(async_class(types, names, branch) for branch in branches),
        _table(types, root),
    ]
    return "\n\n".join(parts)


def _below(branch: Branch) -> list[Branch]:
    """Return the objects below, each after those inside it."""
    return [one for inner in branch.branches().values() for one in (*_below(inner), inner)]


def _classes_first(types: Types) -> list[tuple[str, dict[str, Any]]]:
    """Return the components; other names may stand for classes, whose own annotations are read late."""
    return sorted(types.components.items(), key=lambda one: "properties" not in one[1])


def _component(types: Types, name: str, schema: dict[str, Any]) -> str:
    if "properties" not in schema:
        return f"{class_name(name)}: TypeAlias = {types.of(schema)}\n"
    tag = types.tags.get(name)
    options = f", tag_field={tag[0]!r}, tag={tag[1]!r}" if tag else ""
    lines = [f"class {class_name(name)}(msgspec.Struct, kw_only=True{options}):"]
    if schema.get("description"):
        lines += [f"    {schema['description']!r}", ""]
    required = schema.get("required", ())
    lines += [
        _field(types, field, one, is_required=field in required)
        for field, one in schema["properties"].items()
        if tag is None or field != tag[0]
    ]
    return "\n".join(lines if len(lines) > 1 else [*lines, "    pass"]) + "\n"


def _field(types: Types, name: str, schema: dict[str, Any], *, is_required: bool) -> str:
    own = name if name.isidentifier() and not keyword.iskeyword(name) else class_name(f"f_{name}")
    kind = types.of(schema)
    wire = f"name={name!r}" if own != name else ""
    if is_required:
        return f"    {own}: {kind}" + (f" = msgspec.field({wire})" if wire else "")
    default = simple_default(schema)
    if default is None:
        kind, default = f"{kind} | UnsetType", "UNSET"
    given = f"msgspec.field(default={default}, {wire})" if wire else default
    return f"    {own}: {kind} = {given}"


def _table(types: Types, root: Branch) -> str:
    rows = "".join(_rows(types, root))
    return (
        "_known: dict[str, Any] = {}\n\n\n"
        "def _types() -> dict[str, Any]:\n"
        "    if not _known:\n"
        f"        _known.update({{\n{rows}        }})\n"
        "    return _known\n"
    )


def _rows(types: Types, branch: Branch) -> list[str]:
    rows = []
    for member in branch.members.values():
        if isinstance(member, Branch):
            rows += _rows(types, member)
        elif isinstance(member, Value):
            rows.append(f'            "{member.path}": {types.of(member.schema)},\n')
        else:
            rows += _of_function(types, member)
    return rows


def _of_function(types: Types, function: Function) -> list[str]:
    rows = [f'            "{function.path}": {types.of(function.result)},\n']
    if function.item is not None:
        rows.append(f'            "{function.path}[]": {types.of(function.item)},\n')
    return rows
