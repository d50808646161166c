"""What a method takes, and how what a request brings becomes its arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from ..core.http.refusal import Refusal
from ..core.wire_types import is_model, place_of, read_model
from .fields import Field
from .given import NOTHING, Given

if TYPE_CHECKING:
    from .controller import Controller

Fill = Callable[["Controller"], Any]
Arguments = dict[str, Any]

_IMMUTABLE = (bool, int, float, str, bytes, type(None))
_FAULTS = (msgspec.DecodeError, RecursionError, UnicodeDecodeError, ValueError, OverflowError)


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """``fields`` are what callers fill; ``injected`` what the server fills, by name. ``takes_params``: the
    method gets everything as one dict. ``rest``: the type of ``**names`` of its own, None without them.
    """

    fields: tuple[Field, ...] = ()
    injected: Mapping[str, Fill]
    takes_params: bool = False
    rest: Any = None

    def read(self, given: Given) -> Arguments:
        """Return the arguments of a request. Raises Refusal 400 with the name of the field."""
        if given is NOTHING and not self.fields:
            return {}
        try:
            return self._read(given)
        except _FAULTS as error:
            raise refused_parameter(error) from error

    def read_plain(self, values: Mapping[str, Any]) -> Arguments:
        """Return the arguments from plain values of JSON. Raises Refusal 400."""
        try:
            return self._typed(values, strict=True)
        except _FAULTS as error:
            raise refused_parameter(error) from error

    def fill(self, controller: Controller) -> Arguments:
        """Return what the server fills. Raises Refusal 401."""
        return {name: make(controller) for name, make in self.injected.items()}

    def _read(self, given: Given) -> Arguments:
        if given.json is not None and not given.query and self.rest is None and not self._files:
            return self._arguments(self._json.decode(given.json or b"{}"))
        values = self._texts(given.query, {})
        self._texts(given.form, values)
        if given.json is not None:
            self._add_json(given.json, values)
        files = self._read_files(given)
        return self._typed(values, strict=False) | files

    def _texts(self, source: Any, values: dict[str, Any]) -> dict[str, Any]:
        """Add the texts of a query or form to ``values``."""
        for name, texts in source.lists():
            field = self._by_name.get(name)
            if name in values:
                raise _fault(name, "given twice, in the query and in the body")
            if field is not None and field.is_list:
                values[name] = texts
            elif len(texts) > 1:
                raise _fault(name, f"given {len(texts)} times; it takes one value")
            else:
                text = texts[0] if texts else ""
                values[name] = text if field is None else field.from_text(text)
        return values

    def _add_json(self, body: bytes, values: dict[str, Any]) -> None:
        given = msgspec.json.decode(body) if body else {}
        if not isinstance(given, dict):
            raise Refusal(400, "bad_json", "The body must be a JSON object, with the parameters by name.")
        for name, value in given.items():
            if name in values:
                raise _fault(name, "given twice, in the query and in the body")
            values[name] = value

    def _typed(self, values: Mapping[str, Any], *, strict: bool) -> Arguments:
        more: Arguments = {}
        if self.rest is not None:
            own = {*self._by_name, *self.injected}
            more = {name: value for name, value in values.items() if name not in own}
            values = {name: value for name, value in values.items() if name in own}
            more = {name: self._one(value, self.rest, name, strict) for name, value in more.items()}
        struct = msgspec.convert(values, self._struct, strict=strict, dec_hook=read_model, str_keys=True)
        return self._arguments(struct) | more

    @staticmethod
    def _one(value: Any, kind: Any, name: str, strict: bool) -> Any:
        try:
            return msgspec.convert(value, kind, strict=strict, dec_hook=read_model, str_keys=True)
        except _FAULTS as error:
            raise _fault(name, place_of(str(error))[0]) from error

    def _read_files(self, given: Given) -> Arguments:
        found: Arguments = {}
        for name, files in given.files.lists():
            field = self._files.get(name)
            if field is None:
                raise _fault(name, "a file is not taken here")
            if len(files) > 1 and not field.is_list:
                raise _fault(name, f"given {len(files)} times; it takes one file")
            found[name] = files if field.is_list else files[0]
        for name, field in self._files.items():
            if name not in found:
                if field.is_required:
                    raise _fault(name, "a file is wanted; send a multipart form")
                found[name] = field.default
        return found

    def _arguments(self, struct: Any) -> Arguments:
        return {name: getattr(struct, name) for name in self._struct.__struct_fields__}

    @cached_property
    def _by_name(self) -> dict[str, Field]:
        return {field.name: field for field in self.fields}

    @cached_property
    def _files(self) -> dict[str, Field]:
        return {field.name: field for field in self.fields if field.is_file}

    @cached_property
    def _struct(self) -> type[msgspec.Struct]:
        fields: Iterable[Any] = [_struct_field(one) for one in self.fields if not one.is_file]
        return msgspec.defstruct("Body", fields, kw_only=True, forbid_unknown_fields=True, rename=None)

    @cached_property
    def _json(self) -> msgspec.json.Decoder[Any]:
        return msgspec.json.Decoder(self._struct, dec_hook=read_model)


def plain(arguments: Arguments) -> Arguments:
    """Return arguments as plain values of JSON. Raises TypeError."""
    return {
        name: msgspec.to_builtins(value, str_keys=True, enc_hook=_plain_model)
        for name, value in arguments.items()
    }


def _plain_model(value: Any) -> Any:
    if is_model(type(value)):
        return value.model_dump(mode="json")
    raise TypeError(f"a {type(value).__name__} has no form in JSON")


def _struct_field(field: Field) -> tuple[Any, ...]:
    if field.is_required:
        return (field.name, field.type)
    if isinstance(field.default, _IMMUTABLE):
        return (field.name, field.type, field.default)
    return (field.name, field.type, msgspec.field(default_factory=lambda: field.default))


def _fault(name: str, problem: str) -> Refusal:
    return Refusal(400, "bad_parameter", f"{name}: {problem}.", data={"field": name, "problem": problem})


def refused_parameter(error: BaseException) -> Refusal:
    """Return the refusal that names the field of msgspec's or pydantic's message."""
    words, place = place_of(str(error))
    if isinstance(place, str):
        return _fault(place, words)
    if words.startswith(("Object missing", "Object contains unknown")):
        return _fault(words.split("`")[1], words)
    if isinstance(error, msgspec.DecodeError) and not isinstance(error, msgspec.ValidationError):
        return Refusal(400, "bad_json", f"The body is no JSON: {words}.")
    return Refusal(400, "bad_parameter", f"The parameters cannot be read: {words}.", data={"problem": words})
