"""The suite's own methods (``rpc.…``), read from the table of the socket."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, get_type_hints

import msgspec
from msgspec import UnsetType

from ...core.annotations import is_readable
from ...core.describe import words
from ...core.socket.methods import Method, SocketMethod, socket_methods
from .errors import OF_PATHS, references

PREFIX = "rpc."

_RESULTS: dict[str, Any] = {"rpc.set": bool, "rpc.delete": bool, "rpc.cancel": bool}
"""Of those that answer their calls themselves, and so return nothing."""


@dataclass(frozen=True, kw_only=True)
class SystemMethod:
    """One method, with the fields of its parameters' struct."""

    name: str
    doc: str
    fields: tuple[msgspec.structs.FieldInfo, ...]
    result: Any

    @property
    def kinds(self) -> list[Any]:
        """The types of the parameters, then that of the result."""
        return [*(_without_unset(field.type) for field in self.fields), self.result]

    def described(self, schemas: Iterator[dict[str, Any]]) -> dict[str, Any]:
        """Return the method; ``schemas`` yields those of ``kinds``."""
        return {
            "name": self.name,
            **words(self.doc),
            "paramStructure": "either",
            "params": [
                {"name": field.encode_name, "required": field.required, "schema": next(schemas)}
                for field in self.fields
            ],
            "result": {"name": "result", "schema": next(schemas)},
            "errors": references(OF_PATHS),
        }


def system_methods() -> Iterator[SystemMethod]:
    """Return the suite's methods in the order of their registration."""
    from ...core.socket import routing  # noqa: F401  # in a process without a socket, nobody has registered them

    for method in socket_methods:
        function = _function_of(method)
        if method.name.startswith(PREFIX) and function is not None:
            yield _read(method.name, function)


def _function_of(method: Method) -> Callable[..., Any] | None:
    return method.handler if isinstance(method, SocketMethod) else getattr(method, "run", None)


def _read(name: str, function: Callable[..., Any]) -> SystemMethod:
    hints = get_type_hints(function)
    second = list(inspect.signature(function).parameters)[1]
    result = _RESULTS.get(name, hints.get("return"))
    return SystemMethod(
        name=name,
        doc=inspect.getdoc(function) or "",
        fields=msgspec.structs.fields(hints[second]),
        result=result if result is not type(None) and is_readable(result) else Any,
    )


def _without_unset(kind: Any) -> Any:
    """Return a union without ``UnsetType``, which stands for a field that is not there."""
    kept = [one for one in getattr(kind, "__args__", ()) if one is not UnsetType]
    if len(kept) == len(getattr(kind, "__args__", ())):
        return kind
    union: Any = kept[0]
    for one in kept[1:]:
        union = union | one
    return union
