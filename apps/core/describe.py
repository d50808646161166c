"""What the code of users' functions says, as data for documents, lists and forms."""

from __future__ import annotations

import collections.abc
import hashlib
import inspect
from collections.abc import Callable, Container
from typing import Any, get_args, get_origin

import msgspec

from .annotations import hints_of
from .plain import as_plain
from .wire_types import known_type

STREAMS = (
    collections.abc.Iterator, collections.abc.Iterable, collections.abc.Generator,
    collections.abc.AsyncIterator, collections.abc.AsyncIterable, collections.abc.AsyncGenerator,
)  # fmt: skip


def words(doc: str) -> dict[str, str]:
    """Return a docstring's first line as the summary, all of it as the description."""
    if not doc:
        return {}
    first = doc.strip().splitlines()[0]
    return {"summary": first} if first == doc.strip() else {"summary": first, "description": doc}


def shown_signature(function: Callable[..., Any], names: Container[str]) -> str:
    """Return the signature with no other parameters than these, annotations as they are written."""
    signature = inspect.signature(function)
    kept = [
        parameter.replace(annotation=_unquoted(parameter.annotation))
        for name, parameter in signature.parameters.items()
        if name in names
    ]
    result = _unquoted(signature.return_annotation)
    return str(signature.replace(parameters=kept, return_annotation=result))


def item_type(function: Callable[..., Any]) -> Any:
    """Return the type of a generator's items, Any where it is not annotated."""
    hint = dict(hints_of(inspect.unwrap(function))).get("return")
    arguments = get_args(hint)
    return known_type(arguments[0]) if get_origin(hint) in STREAMS and arguments else Any


def plain_default(value: Any) -> Any:
    """Return a default as JSON, or its text where it is none."""
    try:
        return msgspec.to_builtins(value, enc_hook=as_plain)
    except (TypeError, ValueError):
        return repr(value)


def digest_of(document: Any) -> str:
    """Return twelve letters that change with anything in the JSON."""
    return hashlib.sha256(msgspec.json.encode(document, order="deterministic")).hexdigest()[:12]


class _Words(str):
    """An annotation that is only known as text."""

    def __repr__(self) -> str:
        return str(self)


def _unquoted(annotation: Any) -> Any:
    return _Words(annotation) if isinstance(annotation, str) else annotation
