"""JSON schemas of users' types, pydantic models among them; each named type is described once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from .wire_types import is_model

SchemaHook = Callable[[type], dict[str, Any]]


def schemas_of(kinds: list[Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return a JSON schema for each type, and the definitions that they refer to (``#/$defs/<name>``)."""
    return _schemas(kinds, "#/$defs/")


def component_schemas_of(kinds: list[Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Do the same with the references of an OpenRPC or OpenAPI document (``#/components/schemas/<name>``)."""
    return _schemas(kinds, "#/components/schemas/")


def _schemas(kinds: list[Any], place: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    models: dict[type, None] = {}

    def take(kind: type) -> dict[str, Any]:
        models[kind] = None
        return _require_model(kind)

    _, names = _components(kinds, place, take)
    if not models:
        return _components(kinds, place, _require_model)
    references, definitions = _model_schemas(list(models), place, set(names))
    schemas, own = _components(kinds, place, references.__getitem__)
    return schemas, own | definitions


def _components(
    kinds: list[Any], place: str, hook: SchemaHook
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    schemas, definitions = msgspec.json.schema_components(
        kinds, ref_template=place + "{name}", schema_hook=hook
    )
    return list(schemas), definitions


def _require_model(kind: type) -> dict[str, Any]:
    if not is_model(kind):
        raise NotImplementedError(f"no schema for {kind.__name__}")
    return {"type": "object"}


def _model_schemas(
    models: list[type], place: str, taken: set[str]
) -> tuple[dict[type, dict[str, Any]], dict[str, Any]]:
    """Return a reference to each pydantic model, and the definitions; none has a name that is taken."""
    from pydantic.json_schema import models_json_schema

    wanted: Any = [(model, "validation") for model in models]
    _, told = models_json_schema(wanted, ref_template="{model}")
    ending = "Model" if taken & told["$defs"].keys() else ""
    references, told = models_json_schema(wanted, ref_template=f"{place}{{model}}{ending}")
    by_model = {model: references[model, "validation"] for model, _ in references}
    definitions = {f"{name}{ending}": schema for name, schema in told["$defs"].items()}
    return by_model, definitions
