"""The arguments of a call by their names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from ...core.shown_arguments import CUT

if TYPE_CHECKING:
    from ..parameters import Parameter


def read_arguments(method: str, params: bytes, *, name: str, listed: Sequence[Parameter]) -> dict[str, Any]:
    """Return what the parameters of a request say of the member called ``name``, by the names of its own.

    ``listed`` are a function's parameters. Raises msgspec.DecodeError for what is no JSON.
    """
    given = msgspec.json.decode(params)
    if method in ("rpc.get", "rpc.delete"):
        return {}
    if method == "rpc.set":
        return {name: _field(given, "value", 1)}
    if method == "rpc.call":
        args, kwargs = _field(given, "args", 1), _field(given, "kwargs", 2)
        return _named(args, listed) | (kwargs if isinstance(kwargs, dict) else {})
    return given if isinstance(given, dict) else _named(given, listed)


def _field(given: Any, name: str, place: int) -> Any:
    if isinstance(given, dict):
        return given.get(name)
    return given[place] if isinstance(given, list) and len(given) > place else None


def _named(args: Any, listed: Sequence[Parameter]) -> dict[str, Any]:
    if not isinstance(args, list):
        return {}
    names = [one.name for one in listed if one.kind == "positional"]
    rest = next((one.name for one in listed if one.kind == "rest"), CUT)
    more = args[len(names) :]
    return dict(zip(names, args, strict=False)) | ({rest: more} if more else {})
