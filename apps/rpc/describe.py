"""What a caller may use, as data: for proxies in the browser, consoles and generated clients."""

from __future__ import annotations

import time
from typing import Any

import msgspec

from ..core.access import STAFF
from ..core.describe import plain_default, shown_signature
from ..core.schemas import schemas_of
from ..core.socket.peer import Peer
from ..core.socket.protocol import ErrorCode, RpcError
from .endpoints import AttributeEndpoint, Endpoint, FunctionEndpoint
from .parameters import Parameter
from .registry import ObjectEntry, objects
from .services.policy import STALE, get_policy

_LETTERS = {"get": "r", "set": "w", "delete": "d"}


async def describe(peer: Peer, path: str | None) -> dict[str, Any]:
    """Return all objects, or one node, as far as this caller may use them. No property is read.

    Raises RpcError for a path at which there is nothing for this caller.
    """
    allowed = await allowed_endpoints(peer)
    may_read_source = peer.rights.allows(STAFF)
    tree = {entry.name: _tree(entry, allowed, may_read_source) for entry in objects}
    if path is None:
        return {"objects": {name: node for name, node in tree.items() if node is not None}}
    node: Any = {"members": tree}
    for part in path.split("."):
        node = node.get("members", {}).get(part)
        if node is None:
            raise RpcError(ErrorCode.NOT_FOUND, f"There is no {path[:100]!r}.", {"code": "no_such_member"})
    return node  # type: ignore[no-any-return]


async def allowed_endpoints(peer: Peer) -> dict[Endpoint, set[str]]:
    """Return what the caller may use now, with the verbs."""
    policy, now = get_policy(), time.monotonic()
    await policy.refresh()
    rules = {
        (endpoint, verb): policy.rule(endpoint, verb, now=now)
        for entry in objects
        for endpoint in entry.endpoints
        for verb in verbs_of(endpoint)
    }
    await peer.rights.refresh(STAFF, *{rule for rule in rules.values() if isinstance(rule, str)})
    allowed: dict[Endpoint, set[str]] = {}
    for (endpoint, verb), rule in rules.items():
        if rule is not STALE and rule is not None and peer.rights.allows(rule):
            allowed.setdefault(endpoint, set()).add(verb)
    return allowed


def verbs_of(endpoint: Endpoint) -> list[str]:
    """Return what can be done to an endpoint at all."""
    if isinstance(endpoint, AttributeEndpoint):
        return [verb for verb, letter in _LETTERS.items() if letter in endpoint.mode]
    return ["call"]


def _tree(entry: ObjectEntry, allowed: dict[Endpoint, set[str]], with_source: bool) -> dict[str, Any] | None:
    root: dict[str, Any] = {"kind": "object", "doc": entry.doc, "members": {}}
    for endpoint in entry.endpoints:
        if endpoint not in allowed:
            continue
        node = node_of(endpoint, allowed[endpoint], with_source=with_source)
        if endpoint.name == entry.name:
            return node
        *above, name = endpoint.name.removeprefix(f"{entry.name}.").split(".")
        place = root
        for part in above:
            place = place["members"].setdefault(part, {"kind": "object", "doc": "", "members": {}})
        place["members"][name] = node
    return root if root["members"] else None


def node_of(endpoint: Endpoint, verbs: set[str], *, with_source: bool = False) -> dict[str, Any]:
    """Return the description of one endpoint."""
    node = _function_node(endpoint) if isinstance(endpoint, FunctionEndpoint) else {}
    if isinstance(endpoint, AttributeEndpoint):
        node = _attribute_node(endpoint, verbs)
    if with_source and endpoint.source is not None:
        node["source"] = endpoint.source
    return node


def _function_node(endpoint: FunctionEndpoint) -> dict[str, Any]:
    listed = endpoint.parameters.listed
    (*schemas, result), definitions = schemas_of([*(one.type for one in listed), endpoint.result])
    node = {
        "kind": "method",
        "doc": endpoint.doc,
        "signature": signature_of(endpoint),
        "params": [_parameter(one, schema) for one, schema in zip(listed, schemas, strict=True)],
        "result": result,
        "streams": endpoint.streams,
    }
    return node | ({"definitions": definitions} if definitions else {})


def _parameter(one: Parameter, schema: dict[str, Any]) -> dict[str, Any]:
    described = {"name": one.name, "kind": one.kind, "required": one.is_required, "schema": schema}
    if one.default is not msgspec.NODEFAULT:
        described["default"] = plain_default(one.default)
    return described


def _attribute_node(endpoint: AttributeEndpoint, verbs: set[str]) -> dict[str, Any]:
    (schema,), definitions = schemas_of([endpoint.type])
    facts = attribute_facts(endpoint, verbs)
    node = {"kind": "attribute", "doc": endpoint.doc, "schema": schema, **facts}
    return node | ({"definitions": definitions} if definitions else {})


def attribute_facts(endpoint: AttributeEndpoint, verbs: set[str]) -> dict[str, Any]:
    """Return what the verbs that are allowed make of an attribute: its mode and its channel."""
    return {
        "mode": "".join(letter for verb, letter in _LETTERS.items() if verb in verbs),
        "channel": endpoint.channel if "get" in verbs else None,
    }


def signature_of(endpoint: FunctionEndpoint) -> str:
    """Return the signature as clients see it: without what the server fills."""
    return shown_signature(endpoint.function, {one.name for one in endpoint.parameters.listed})
