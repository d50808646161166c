"""Which members of an object are served: looked up once, statically, so that no property is ever fired."""

from __future__ import annotations

import copy
import inspect
import sys
import types
from collections.abc import Iterator
from typing import Any, NamedTuple

from .conf import rpc_settings
from .exceptions import CannotServe
from .expose import Exposure, exposure_of, function_of
from .options import OBJECT, Options
from .tracked import tracked

_MISSING = object()
_DATA = (bool, int, float, str, bytes, list, dict, tuple, set, frozenset, type(None))


class Member(NamedTuple):
    """``definition`` stands in the class, or is the object's own value; ``nested`` is an object to serve."""

    name: str
    definition: Any
    exposure: Exposure
    nested: Any = None


def members_of(target: object, options: Options, *, depth: int) -> Iterator[Member]:
    """Return the served members of an object, each name once. Raises CannotServe.

    ``depth`` is the object's own, 1 for a registered one.
    """
    seen: set[str] = set()
    for member in (*_marked(target), *_listed(target, options, depth), *_public(target, options, depth)):
        if member.name not in seen:
            seen.add(member.name)
            yield member


def static(target: object, name: str) -> Any:
    """Return the object's own value or what stands in its class, unbound; _MISSING if there is nothing."""
    return inspect.getattr_static(target, name, _MISSING)


def definitions(target: object) -> Iterator[tuple[str, Any]]:
    """Return what stands in the object's class and its bases; of each name the nearest one."""
    seen: set[str] = set()
    for kind in type(target).__mro__[:-1]:
        for name, definition in vars(kind).items():
            if name not in seen:
                seen.add(name)
                yield name, definition


def _marked(target: object) -> Iterator[Member]:
    for name, definition in definitions(target):
        if isinstance(definition, tracked):
            yield Member(name, definition, Exposure(mode=definition.mode))
        elif (exposure := exposure_of(definition)) is not None:
            yield Member(name, definition, exposure)


def _listed(target: object, options: Options, depth: int) -> Iterator[Member]:
    for name, mode in options.attrs.items():
        if "." in name:
            _require_nested(name, options)
        elif mode == OBJECT:
            yield Member(name, None, Exposure(), _nested(target, name, depth))
        else:
            yield _attribute(target, name, mode)


def _attribute(target: object, name: str, mode: str) -> Member:
    definition = static(target, name)
    kind = type(target).__name__
    if function_of(definition) is not None and not isinstance(definition, property):
        raise CannotServe(f"attrs names {kind}.{name}, which is a method; write @expose above it.")
    is_known = any(name in vars(base).get("__annotations__", {}) for base in type(target).__mro__)
    if definition is _MISSING and not is_known:
        raise CannotServe(
            f"attrs names {name!r}, which {kind} does not have; give it a value or an annotation."
        )
    _own_copy(target, name, definition, mode)
    return Member(name, definition, Exposure(mode=mode))


def _own_copy(target: object, name: str, definition: Any, mode: str) -> None:
    """Give the object a list of its own where it would change its class's, and so that of all others."""
    is_classes = name not in getattr(target, "__dict__", {})
    if mode != "r" and is_classes and isinstance(definition, list | dict | set):
        setattr(target, name, copy.deepcopy(definition))


def _require_nested(name: str, options: Options) -> None:
    first = name.partition(".")[0]
    if options.attrs.get(first) != OBJECT and not options.expose_public:
        raise CannotServe(f"attrs names {name!r}; write {first!r}: 'object' as well.")


def _nested(target: object, name: str, depth: int) -> Any:
    value = static(target, name)
    if depth >= rpc_settings().max_interface_depth:
        raise CannotServe(f"{name} lies deeper than MAX_INTERFACE_DEPTH ({depth}) in SMALLWEB_RPC.")
    if value is _MISSING or not is_servable(value):
        raise CannotServe(f"attrs says that {name!r} is an object; it is a {type(value).__name__}.")
    return value


def is_servable(value: Any) -> bool:
    """Whether a value is an object of the site's own code: no data, no part of Python, Django or a server."""
    kind = type(value)
    top = kind.__module__.partition(".")[0]
    if isinstance(value, (type, types.ModuleType, *_DATA)) or top in sys.stdlib_module_names:
        return False
    return top not in ("builtins", "django", "channels", "daphne") and not hasattr(value, "_meta")


def _public(target: object, options: Options, depth: int) -> Iterator[Member]:
    """Return what a name without an underscore says, for ``expose_public``."""
    if not options.expose_public:
        return
    for name, definition in (*definitions(target), *getattr(target, "__dict__", {}).items()):
        if not _is_public(name) or _is_restricted(definition):
            continue
        if isinstance(definition, property):
            yield Member(name, definition, Exposure(mode=_possible(definition)))
        elif function_of(definition) is not None:
            yield Member(name, definition, Exposure())
        elif isinstance(definition, _DATA):
            _own_copy(target, name, definition, "rwd")
            yield Member(name, definition, Exposure(mode="rwd"))
        elif is_servable(definition) and depth < rpc_settings().max_interface_depth:
            yield Member(name, None, Exposure(), definition)


def _is_public(name: str) -> bool:
    settings = rpc_settings()
    if name in _NEVER or (name.startswith("__") and not settings.include_dunders):
        return False
    return not name.startswith("_") or name.startswith("__") or settings.include_internals


_NEVER = frozenset(
    ("__class__", "__dict__", "__weakref__", "__module__", "__slots__", "__annotations__", "__init__",
     "__new__", "__del__", "__getattribute__", "__getattr__", "__setattr__", "__delattr__", "__reduce__",
     "__reduce_ex__", "__getstate__", "__setstate__", "__init_subclass__", "__subclasshook__", "__doc__",
     "__qualname__", "__firstlineno__", "__static_attributes__", "tracked_channel_values"),
)  # fmt: skip
"""Not served whatever the settings say: they lead out of the object."""


def _is_restricted(definition: Any) -> bool:
    subject = function_of(definition) or definition
    if isinstance(subject, _DATA):
        return False
    names = rpc_settings().access_restricting_attributes
    return any(inspect.getattr_static(subject, name, False) for name in names)


def _possible(member: property) -> str:
    return "r" + ("w" if member.fset else "") + ("d" if member.fdel else "")
