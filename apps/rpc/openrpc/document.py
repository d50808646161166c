"""The whole document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...core.describe import digest_of
from ...core.schemas import component_schemas_of
from ...core.socket.peer import Peer
from ...core.socket.pool import in_pool
from ..describe import allowed_endpoints, attribute_facts
from ..endpoints import AttributeEndpoint, Endpoint, FunctionEndpoint
from .errors import ERRORS
from .functions import kinds_of, method_of
from .system import SystemMethod, system_methods

VERSION = "1.3.2"
TITLE = "Objects served by smallweb"

Allowed = dict[Endpoint, set[str]]


async def discover(peer: Peer) -> dict[str, Any]:
    """Return the document of what this caller may use now.

    Attributes are no methods: they stand under ``x-smallweb-attributes`` as
    ``{name, description, schema, mode, channel}``, and ``rpc.get``, ``rpc.set`` and ``rpc.delete`` take
    their names. ``info.version`` changes with anything in the document.
    """
    allowed = await allowed_endpoints(peer)
    return await in_pool(lambda: document_of(allowed))


def document_of(allowed: Allowed) -> dict[str, Any]:
    """Return the document of these endpoints, each with the verbs that are allowed."""
    functions = [endpoint for endpoint in allowed if isinstance(endpoint, FunctionEndpoint)]
    attributes = [endpoint for endpoint in allowed if isinstance(endpoint, AttributeEndpoint)]
    systems = list(system_methods())
    # One look at all types: two of one name must not become one.
    schemas, components = component_schemas_of(list(_kinds(functions, attributes, systems)))
    given = iter(schemas)
    methods = [method_of(endpoint, given) for endpoint in functions]
    extension = [_attribute(endpoint, next(given), allowed[endpoint]) for endpoint in attributes]
    methods += [system.described(given) for system in systems]
    body = {
        "methods": methods,
        "components": {"schemas": components, "errors": ERRORS},
        "x-smallweb-attributes": extension,
    }
    return {"openrpc": VERSION, "info": {"title": TITLE, "version": digest_of(body)}, **body}


def _kinds(
    functions: list[FunctionEndpoint], attributes: list[AttributeEndpoint], systems: list[SystemMethod]
) -> Iterator[Any]:
    for endpoint in functions:
        yield from kinds_of(endpoint)
    for attribute in attributes:
        yield attribute.type
    for system in systems:
        yield from system.kinds


def _attribute(endpoint: AttributeEndpoint, schema: dict[str, Any], verbs: set[str]) -> dict[str, Any]:
    return {
        "name": endpoint.name,
        "description": endpoint.doc,
        "schema": schema,
        **attribute_facts(endpoint, verbs),
    }
