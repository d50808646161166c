"""The answers that dispatch gives by itself: errors, started tasks, their status."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from .inputs import JSON


class Error(msgspec.Struct):
    """Why a request was refused, or failed."""

    error: Annotated[str, Meta(description="What it is, for programs.")]
    message: Annotated[str, Meta(description="The same for people.")]
    field: Annotated[str, Meta(description="The parameter that is at fault.")] | UnsetType = UNSET
    problem: Annotated[str, Meta(description="What is wrong with it.")] | UnsetType = UNSET


class Started(msgspec.Struct):
    """A task that a worker will run; its status is at the address in the header Location."""

    type: Literal["task"]
    id: UUID


class Status(msgspec.Struct):
    """How far a task is: ``state`` while it waits and runs, ``data`` or ``error`` when it is over."""

    status: str
    state: Any | UnsetType = UNSET
    data: Any | UnsetType = UNSET
    error: str | UnsetType = UNSET


KINDS: tuple[Any, ...] = (Error, Started, Status)

_SENTENCES = {
    "400": "A parameter is missing, unknown or of the wrong type.",
    "401": "It takes a login or a token, or the token is not good.",
    "403": "This caller may not, or the request does not come from a page of the site.",
    "404": "There is nothing here.",
    "405": "This method of HTTP is not served here.",
    "413": "The body is too large.",
    "415": "A body of this type is not read here.",
    "422": "The method refused, and says why.",
    "429": "Too many requests; the header Retry-After says for how long to wait.",
    "500": "The method failed; the log of the server says why.",
    "503": "The server is busy; come again.",
    "504": "The method took longer than it may.",
}
OF_STATUS = ("401", "403", "404", "405")


def error_responses(schema: dict[str, Any]) -> dict[str, Any]:
    """Return what stands under ``components``; ``schema`` is that of ``Error``."""
    content = {JSON: {"schema": schema}, "text/plain": {"schema": {"type": "string"}}}
    return {
        f"Error{status}": {"description": sentence, "content": content}
        for status, sentence in _SENTENCES.items()
    }


def error_references(statuses: tuple[str, ...] = tuple(_SENTENCES)) -> dict[str, Any]:
    """Return what stands under ``responses`` of an operation, by status."""
    return {status: {"$ref": f"#/components/responses/Error{status}"} for status in statuses}
