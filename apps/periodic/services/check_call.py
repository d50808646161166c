"""Do these keyword arguments fit that function?"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Mapping
from typing import Any

import msgspec

from ..registry import CONTEXT, FunctionEntry


def call_problem(entry: FunctionEntry, kwargs: Mapping[str, Any]) -> str:
    """Return why the function cannot be called with these arguments, or "".

    Names, required parameters and, where a parameter is annotated with a JSON type, values.
    """
    signature = inspect.signature(entry.function)
    if CONTEXT in kwargs:
        return f"{CONTEXT!r} is given by the run itself; leave it out of the arguments."
    given = dict(kwargs) | ({CONTEXT: None} if entry.takes_context else {})
    try:
        signature.bind(**given)
    except TypeError as error:
        return f"{entry.name}{signature} cannot be called with {dict(kwargs)!r}: {error}."
    return _type_problem(entry, kwargs)


def _type_problem(entry: FunctionEntry, kwargs: Mapping[str, Any]) -> str:
    try:
        hints = typing.get_type_hints(entry.function)
    except (NameError, TypeError):  # annotations that only a type checker can read
        return ""
    for name, value in kwargs.items():
        try:
            msgspec.convert(value, hints.get(name, Any))
        except msgspec.ValidationError as error:
            return f"The argument {name!r} is {value!r}: {error}."
        except TypeError:  # a type that JSON has no form for: the function's own business
            continue
    return ""
