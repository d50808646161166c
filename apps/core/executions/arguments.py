"""Arguments of a function on their way through JSON: checked when given, typed again when used."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from ..annotations import hints_of, is_readable
from ..exceptions import BadArguments
from ..redact import redact
from .plain import as_json

CONTEXT = "context"
_MAX_JSON_BYTES = 2**20


class Parameters:
    """What a function takes. A parameter ``context`` is the worker's to fill, not the caller's.

    An annotated value is read back as its type, as far as msgspec knows it: a datetime, a UUID, a
    dataclass. Where there is no annotation, or an unknown one, what JSON gives is passed on.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.name = getattr(function, "__qualname__", repr(function))
        try:
            signature = inspect.signature(function)
        except (TypeError, ValueError) as error:  # some of those written in C
            raise BadArguments(f"{self.name} does not say what it takes; call it from a function.") from error
        self.takes_context = CONTEXT in signature.parameters
        kept = [parameter for name, parameter in signature.parameters.items() if name != CONTEXT]
        self._signature = signature.replace(parameters=kept)
        self._types = _types(function)

    def bind(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments by parameter name, as JSON would hold them. Raises BadArguments."""
        try:
            bound = self._signature.bind(*args, **kwargs)
        except TypeError as error:
            raise BadArguments(f"{self.name}{self._signature} cannot be called so: {error}.") from error
        return self.check(self._flat(bound))

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments as JSON would hold them, if the function takes them. Raises BadArguments."""
        plain = self._plain(arguments)
        self.read(plain)
        return plain

    def read(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments in their types, ready for the call. Raises BadArguments."""
        if self.takes_context and CONTEXT in arguments:
            raise BadArguments(f"{self.name}: {CONTEXT} is given by the worker.")
        try:
            self._signature.bind(**arguments)
        except TypeError as error:
            raise BadArguments(f"{self.name}{self._signature} cannot be called so: {error}.") from error
        return {name: self._typed(name, value) for name, value in arguments.items()}

    def _flat(self, bound: inspect.BoundArguments) -> dict[str, Any]:
        kinds = {name: parameter.kind for name, parameter in self._signature.parameters.items()}
        flat: dict[str, Any] = {}
        for name, value in bound.arguments.items():
            if kinds[name] == inspect.Parameter.VAR_KEYWORD:
                flat |= value
            elif kinds[name] in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.POSITIONAL_ONLY):
                raise BadArguments(f"{self.name}{self._signature}: {name} has no name to be stored under.")
            else:
                flat[name] = value
        return flat

    def _plain(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        try:
            text = as_json(dict(arguments))
        except (TypeError, ValueError) as error:
            raise BadArguments(f"The arguments of {self.name} are no JSON: {error}.") from error
        if len(text) > _MAX_JSON_BYTES:
            raise BadArguments(
                f"The arguments of {self.name} have {len(text)} bytes of JSON; {_MAX_JSON_BYTES} are taken. "
                "Store the data and give its name."
            )
        return json.loads(text)  # type: ignore[no-any-return]

    def _typed(self, name: str, value: Any) -> Any:
        kind = self._types.get(name)
        if kind is None:
            return value
        try:
            return msgspec.convert(value, kind, str_keys=True)
        except msgspec.ValidationError as error:
            shown = redact({name: value})[name]
            raise BadArguments(f"{name} of {self.name} is {shown!r:.80}: {error}.") from error


def _types(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the annotations that msgspec can read."""
    return {name: kind for name, kind in hints_of(function) if name != CONTEXT and is_readable(kind)}
