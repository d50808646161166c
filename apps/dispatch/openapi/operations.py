"""Methods of controllers as operations of the document."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ...core.describe import words
from ..describe import signature_of
from ..registry import INDEX, Endpoint, route
from ..services.list_endpoints import Allowed
from .answers import EMPTY, OK, OTHER, Answer, answers_of
from .inputs import JSON, Inputs, Schema, fits_texts, input_kinds, inputs_of
from .security import security_of
from .shapes import error_references

WITHOUT_BODY = ("GET", "DELETE")
STATUS_ID = "status.get"
_DESCRIPTIONS = {OK: "What the method returns.", EMPTY: "It returned nothing.", OTHER: "As the method says."}


@dataclass(frozen=True, kw_only=True)
class Described:
    """A method of a controller with the schemas of what it takes and answers."""

    allowed: Allowed
    inputs: Inputs
    responses: dict[str, Any]

    def path_items(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Return the paths that reach the method, each with its operations."""
        endpoint = self.allowed.endpoint
        for path in paths_of(endpoint):
            methods = [one for one in endpoint.methods if one not in WITHOUT_BODY or self._fits_a_query()]
            if methods:
                yield f"/{path}", {one.lower(): self._operation(path, one) for one in methods}

    def _operation(self, path: str, method: str) -> dict[str, Any]:
        endpoint = self.allowed.endpoint
        return {
            "operationId": ".".join([*path.split("/"), method.lower()]).lstrip("."),
            "tags": [tag_of(endpoint)],
            **words(inspect.getdoc(endpoint.function) or ""),
            **self._inputs(method),
            "responses": {**self.responses, **error_references()},
            "security": security_of(self.allowed.rule, method=method),
            "x-signature": signature_of(endpoint),
        }

    def _inputs(self, method: str) -> dict[str, Any]:
        if method in WITHOUT_BODY:
            return {"parameters": self.inputs.query()}
        body = self.inputs.body()
        return {} if body is None else {"requestBody": body}

    def _fits_a_query(self) -> bool:
        return fits_texts(list(self.inputs.fields))


def kinds_of(endpoint: Endpoint) -> list[Any]:
    """Return the types of what the method takes and then those of its answers in JSON."""
    return [*input_kinds(endpoint), *(one.kind for one in _answers(endpoint) if one.kind is not None)]


def described(allowed: Allowed, schemas: Iterator[Schema], *, started: Schema) -> Described:
    """Return the method; ``schemas`` yields those of ``kinds_of``, ``started`` is that of a started task."""
    inputs = inputs_of(allowed.endpoint, schemas)
    responses = _task_response(started) if allowed.endpoint.is_task else {}
    for one in _answers(allowed.endpoint):
        response = responses.setdefault(one.status, {"description": _DESCRIPTIONS[one.status]})
        if one.media:
            contents = response.setdefault("content", {})
            contents[one.media] = {"schema": next(schemas)} if one.kind is not None else _of_text(one.media)
    return Described(allowed=allowed, inputs=inputs, responses=responses)


def paths_of(endpoint: Endpoint) -> list[str]:
    """Return the paths that lead to it: an index is at the path of its class, too, and one at the root."""
    paths = [endpoint.name]
    if endpoint.method_name == INDEX:
        paths.append(endpoint.class_name)
    if endpoint.class_name == f"{INDEX}/{INDEX}":
        paths.append("")
    return [path for path in paths if route(path) is endpoint]


def tag_of(endpoint: Endpoint) -> str:
    """Return the path of its library."""
    return endpoint.class_name.rpartition("/")[0]


def _answers(endpoint: Endpoint) -> list[Answer]:
    return [] if endpoint.is_task else answers_of(endpoint)


def _of_text(media: str) -> dict[str, Any]:
    return {"schema": {"type": "string"}} if media.startswith("text/") else {}


def _task_response(started: Schema) -> dict[str, Any]:
    link = {"operationId": STATUS_ID, "parameters": {"id": "$response.body#/id"}}
    location = {"description": "The address of the status.", "schema": {"type": "string"}}
    return {
        "202": {
            "description": "A worker will run it.",
            "headers": {"Location": location},
            "content": {JSON: {"schema": started}},
            "links": {"status": link},
        }
    }
