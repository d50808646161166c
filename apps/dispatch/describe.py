"""What a method looks like to callers and to operators."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..core.describe import shown_signature
from .registry import Endpoint
from .signature import PARAMS


def signature_of(endpoint: Endpoint) -> str:
    """Return the signature as callers see it: without what the server fills."""
    return shown_signature(endpoint.function, set(_shown_names(endpoint)))


def rest_name(endpoint: Endpoint) -> str:
    """Return the name of ``**names`` of a method; empty without them."""
    return next((one.name for one in _parameters(endpoint) if one.kind == one.VAR_KEYWORD), "")


def place_of(endpoint: Endpoint) -> str:
    """Return ``file:line`` of the code."""
    code: Any = inspect.unwrap(endpoint.function).__code__
    path = Path(code.co_filename)
    shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    return f"{shown}:{code.co_firstlineno}"


def _shown_names(endpoint: Endpoint) -> Iterator[str]:
    given = endpoint.parameters
    yield from (field.name for field in given.fields)
    if given.takes_params:
        yield PARAMS
    if given.rest is not None:
        yield rest_name(endpoint)


def _parameters(endpoint: Endpoint) -> list[inspect.Parameter]:
    return list(inspect.signature(endpoint.function).parameters.values())
