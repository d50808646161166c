"""What a method takes, as query parameters or as a body."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from ...core.describe import plain_default
from ..describe import rest_name
from ..fields import Field
from ..params import RESERVED
from ..registry import Endpoint
from ..signature import PARAMS

Schema = dict[str, Any]

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
_FILE = {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"}
_ANY_TEXTS = {
    "type": "object",
    "additionalProperties": {"type": "string"},
    "propertyNames": {"not": {"enum": list(RESERVED)}},
}
_OBJECTS = (
    msgspec.inspect.StructType, msgspec.inspect.DataclassType, msgspec.inspect.TypedDictType,
    msgspec.inspect.NamedTupleType, msgspec.inspect.DictType, msgspec.inspect.CustomType,
    msgspec.inspect.NoneType,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """``properties``: the schema of each field, by name. ``more``: the schema of further ones, None where
    none are taken; ``more_name`` is what the code calls them.
    """

    fields: tuple[Field, ...]
    properties: dict[str, Schema]
    more: Schema | None
    more_name: str
    takes_params: bool

    def query(self) -> list[dict[str, Any]]:
        """Return the parameters of a request without a body."""
        listed = [
            {
                "name": field.name,
                "in": "query",
                "required": field.is_required,
                "schema": self.properties[field.name],
            }
            for field in self.fields
            if fits_a_text(field)
        ]
        if self.takes_params:
            return [_any_name(PARAMS, _ANY_TEXTS)]
        if self.more is None:
            return listed
        return [*listed, _any_name(self.more_name, {"type": "object", "additionalProperties": self.more})]

    def body(self) -> dict[str, Any] | None:
        """Return the body of a request; None for a method that takes nothing."""
        if self.takes_params:
            return {"content": {JSON: {"schema": {}}, FORM: {"schema": _ANY_TEXTS}}}
        if not self.fields and self.more is None:
            return None
        return {"required": any(field.is_required for field in self.fields), "content": self._contents()}

    def _contents(self) -> dict[str, Any]:
        files = [field for field in self.fields if field.is_file]
        others = [field for field in self.fields if not field.is_file]
        in_forms = [field for field in others if fits_a_text(field)]
        contents = {}
        if not any(field.is_required for field in files):
            contents[JSON] = {"schema": self._object(others)}
            if fits_texts(others):
                contents[FORM] = {"schema": self._object(in_forms)}
        if files:
            contents[MULTIPART] = {"schema": self._object([*in_forms, *files])}
        return contents

    def _object(self, fields: list[Field]) -> Schema:
        schema: Schema = {
            "type": "object",
            "properties": {field.name: self.properties[field.name] for field in fields},
            "required": [field.name for field in fields if field.is_required],
            "additionalProperties": False if self.more is None else self.more,
        }
        return schema


def input_kinds(endpoint: Endpoint) -> list[Any]:
    """Return the types of what callers fill, files left out."""
    given = endpoint.parameters
    rest = [] if given.rest is None else [given.rest]
    return [*(field.type for field in given.fields if not field.is_file), *rest]


def inputs_of(endpoint: Endpoint, schemas: Iterator[Schema]) -> Inputs:
    """Return what the method takes; ``schemas`` yields those of ``input_kinds``."""
    given = endpoint.parameters
    return Inputs(
        fields=given.fields,
        properties={field.name: _property(field, schemas) for field in given.fields},
        more=None if given.rest is None else next(schemas),
        more_name=rest_name(endpoint),
        takes_params=given.takes_params,
    )


def fits_texts(fields: list[Field]) -> bool:
    """Whether a query or a form can carry all that is required."""
    return all(fits_a_text(field) for field in fields if field.is_required)


def fits_a_text(field: Field) -> bool:
    """Whether texts of a query or form can become the field's value: of objects only JSON can."""
    if field.is_file:
        return False
    return not all(isinstance(one, _OBJECTS) for one in _kinds(msgspec.inspect.type_info(field.type)))


def _kinds(info: Any) -> Iterator[Any]:
    """Return the types of which one must fit: those of a union, those of a list's items."""
    if isinstance(info, msgspec.inspect.UnionType):
        for one in info.types:
            yield from _kinds(one)
    elif hasattr(info, "item_type"):
        yield from _kinds(info.item_type)
    else:
        yield info


def _property(field: Field, schemas: Iterator[Schema]) -> Schema:
    if field.is_file:
        return {"type": "array", "items": _FILE} if field.is_list else _FILE
    schema = next(schemas)
    return schema if field.is_required else {**schema, "default": plain_default(field.default)}


def _any_name(name: str, schema: Schema) -> dict[str, Any]:
    """A parameter whose properties are parameters: OpenAPI's way to say that any names are taken."""
    return {"name": name, "in": "query", "style": "form", "explode": True, "schema": schema}
