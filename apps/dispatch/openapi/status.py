"""The address of a task's status."""

from __future__ import annotations

from typing import Any

from .inputs import JSON, Schema
from .operations import STATUS_ID
from .security import security_of
from .shapes import OF_STATUS, error_references

TAG = "status"


def status_path_item(status: Schema) -> dict[str, Any]:
    """Return the operations on ``/status/{id}``; ``status`` is the schema of what they answer."""
    uuid = {"type": "string", "format": "uuid"}
    page = {"text/html": {"schema": {"type": "string"}}}
    return {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": uuid}],
        "get": {
            **_operation(STATUS_ID, "Tell how far a task is, to who started it.", method="GET"),
            "responses": _responses({JSON: {"schema": status}, **page}),
        },
        "delete": {
            **_operation("status.delete", "Cancel a task.", method="DELETE"),
            "responses": _responses({JSON: {"schema": status}}),
        },
    }


def _operation(name: str, summary: str, *, method: str) -> dict[str, Any]:
    return {
        "operationId": name,
        "tags": [TAG],
        "summary": summary,
        "security": security_of("public", method=method),
    }


def _responses(content: dict[str, Any]) -> dict[str, Any]:
    return {"200": {"description": "The status.", "content": content}, **error_references(OF_STATUS)}
