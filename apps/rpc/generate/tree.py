"""The document as a tree of objects, functions and values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Schema = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """``kind`` is ``positional``, ``keyword``, ``rest`` or ``named_rest``."""

    name: str
    kind: str
    schema: Schema
    is_required: bool


@dataclass(frozen=True, kw_only=True)
class Function:
    """``item`` is the schema of what a generator yields, None for other functions."""

    path: str
    doc: str
    parameters: list[Parameter]
    result: Schema
    item: Schema | None

    def of_kind(self, *kinds: str) -> list[Parameter]:
        return [one for one in self.parameters if one.kind in kinds]

    @property
    def needs_names(self) -> bool:
        """Whether no array of arguments can call it."""
        return any(one.is_required for one in self.of_kind("keyword"))


@dataclass(frozen=True, kw_only=True)
class Value:
    """An attribute; ``mode`` has some of r, w and d."""

    path: str
    doc: str
    schema: Schema
    mode: str
    is_tracked: bool


@dataclass(kw_only=True)
class Branch:
    """An object, or the root of all of them, whose path is empty."""

    path: str = ""
    members: dict[str, Branch | Function | Value] = field(default_factory=dict)

    def all_values(self) -> Iterator[Value]:
        """Return the values here and in all objects below."""
        for member in self.members.values():
            if isinstance(member, Value):
                yield member
            elif isinstance(member, Branch):
                yield from member.all_values()

    def branches(self) -> dict[str, Branch]:
        return {name: one for name, one in self.members.items() if isinstance(one, Branch)}


def tree_of(document: dict[str, Any]) -> Branch:
    """Return the root; the suite's own methods are left out."""
    root = Branch()
    for method in document["methods"]:
        if not method["name"].startswith("rpc."):
            _put(root, method["name"], _function(method))
    for attribute in document["x-smallweb-attributes"]:
        _put(root, attribute["name"], _value(attribute))
    return root


def _put(root: Branch, path: str, member: Function | Value) -> None:
    *above, name = path.split(".")
    place = root
    for part in above:
        inside = f"{place.path}.{part}".lstrip(".")
        found = place.members.setdefault(part, Branch(path=inside))
        assert isinstance(found, Branch)
        place = found
    place.members[name] = member


def _function(method: dict[str, Any]) -> Function:
    return Function(
        path=method["name"],
        doc=method.get("description") or method.get("summary", ""),
        parameters=[
            Parameter(name=one["name"], kind=one["x-kind"], schema=one["schema"], is_required=one["required"])
            for one in method["params"]
        ],
        result=method["result"]["schema"],
        item=method.get("x-streams"),
    )


def _value(attribute: dict[str, Any]) -> Value:
    return Value(
        path=attribute["name"],
        doc=attribute["description"],
        schema=attribute["schema"],
        mode=attribute["mode"],
        is_tracked=attribute["channel"] is not None,
    )
