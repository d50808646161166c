"""What the annotations of users' functions and classes say, and whether JSON can be read as it."""

from __future__ import annotations

import inspect
import sys
import typing
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import msgspec


def hints_of(subject: Callable[..., Any] | type) -> Iterator[tuple[str, Any]]:
    """Return each annotation of a function or a class, by itself: one that names what exists for type
    checkers only spoils no other.
    """
    subject = inspect.unwrap(subject)
    scope = getattr(subject, "__globals__", None) or vars(sys.modules.get(subject.__module__, typing))
    for name, annotation in getattr(subject, "__annotations__", {}).items():
        one: Any = SimpleNamespace(__annotations__={name: annotation})
        with suppress(Exception):  # it is evaluated: anything may be raised
            yield name, typing.get_type_hints(one, scope, include_extras=True)[name]


def is_readable(kind: Any, *, also: Callable[[type], bool] = lambda cls: False) -> bool:
    """Whether msgspec can read the type; ``also`` says which classes the caller reads for it."""
    try:
        msgspec.json.Decoder(kind)
        return not _has_custom(msgspec.inspect.type_info(kind), also, [])
    except Exception:
        return False


def _has_custom(info: Any, also: Callable[[type], bool], seen: list[Any]) -> bool:
    """msgspec takes any class, anywhere in a type, and then asks its user how to read it."""
    if isinstance(info, msgspec.inspect.CustomType):
        return not also(info.cls)
    if any(info is other for other in seen):  # a dataclass may name itself
        return False
    seen.append(info)
    if isinstance(info, tuple):
        return any(_has_custom(inner, also, seen) for inner in info)
    if isinstance(info, msgspec.inspect.Type | msgspec.inspect.Field):
        return any(_has_custom(getattr(info, name), also, seen) for name in info.__struct_fields__)
    return False
