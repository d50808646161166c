"""Served functions as methods of the document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from ...core.describe import item_type, plain_default, words
from ..describe import signature_of
from ..endpoints import FunctionEndpoint
from ..parameters import Parameter
from .errors import OF_CALLS, references


def kinds_of(endpoint: FunctionEndpoint) -> list[Any]:
    """Return the types of the parameters and then that of the result; of a generator, that of an item."""
    result = item_type(endpoint.function) if endpoint.streams else endpoint.result
    return [*(one.type for one in endpoint.parameters.listed), result]


def method_of(endpoint: FunctionEndpoint, schemas: Iterator[dict[str, Any]]) -> dict[str, Any]:
    """Return the method; ``schemas`` yields those of ``kinds_of``.

    Of a generator the result is the list of its items, and ``x-streams`` the schema of one: it is called by
    ``rpc.call`` with ``stream`` to get them one by one. ``x-kind`` of a parameter says how it is passed: a
    ``rest`` stands for any number of further positions, a ``named_rest`` for any further names.
    """
    params = [parameter(one, next(schemas)) for one in endpoint.parameters.listed]
    result = next(schemas)
    described: dict[str, Any] = {
        "name": endpoint.name,
        **words(endpoint.doc),
        "paramStructure": _structure(endpoint.parameters.listed),
        "params": params,
        "result": {"name": "result", "schema": _list_of(result) if endpoint.streams else result},
        "errors": references(OF_CALLS),
        "x-signature": signature_of(endpoint),
    }
    return described | ({"x-streams": result} if endpoint.streams else {})


def parameter(one: Parameter, schema: dict[str, Any]) -> dict[str, Any]:
    """Return one parameter's content descriptor."""
    described = {"name": one.name, "required": one.is_required, "x-kind": one.kind}
    if one.default is msgspec.NODEFAULT:
        return {**described, "schema": schema}
    # A reference has no neighbours in JSON schema's draft 7.
    bare = {"allOf": [schema]} if "$ref" in schema else schema
    return {**described, "schema": {**bare, "default": plain_default(one.default)}}


def _structure(listed: list[Parameter]) -> str:
    """Return how the arguments may be given: no array has place for keywords, no object for a rest."""
    kinds = {one.kind for one in listed}
    if any(one.kind == "keyword" and one.is_required for one in listed):
        return "by-name"
    if "rest" in kinds and not kinds & {"keyword", "named_rest"}:
        return "by-position"
    return "either"


def _list_of(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": schema} if schema else {"type": "array"}
