"""The served objects as lines of text."""

from __future__ import annotations

import time
from collections.abc import Iterator

from ...core.schemas import schemas_of
from ..describe import signature_of, verbs_of
from ..endpoints import AttributeEndpoint, Endpoint, FunctionEndpoint
from ..registry import ObjectEntry, objects
from .policy import STALE, get_policy


async def list_members() -> list[str]:
    """Return a line for each object and each member: signature, who may, whether it is switched off."""
    await get_policy().refresh()
    return [line for entry in objects for line in _lines(entry)]


def _lines(entry: ObjectEntry) -> Iterator[str]:
    is_function = [endpoint.name for endpoint in entry.endpoints] == [entry.name]
    if not is_function:
        owner = "  (owner process)" if entry.options.is_owned else ""
        yield f"{entry.name}{owner}"
    for endpoint in entry.endpoints:
        shown = endpoint.name.removeprefix(f"{entry.name}.")
        text = shown if is_function else f"  {shown}"
        yield f"{text + _signature(endpoint):62} {_access(endpoint)}"


def _signature(endpoint: Endpoint) -> str:
    if isinstance(endpoint, FunctionEndpoint):
        return signature_of(endpoint)
    assert isinstance(endpoint, AttributeEndpoint)
    (schema,), _ = schemas_of([endpoint.type])
    kind = schema.get("type") or schema.get("$ref", "").rpartition("/")[2] or "any"
    tracked = ", tracked" if endpoint.channel else ""
    return f": {kind} [{endpoint.mode}{tracked}]"


def _access(endpoint: Endpoint) -> str:
    now = time.monotonic()
    rules = {verb: get_policy().rule(endpoint, verb, now=now) for verb in verbs_of(endpoint)}
    shown = {verb: rule for verb, rule in rules.items() if isinstance(rule, str)}
    if None in rules.values() or STALE in rules.values():
        return "off"
    if len(set(shown.values())) == 1:
        return next(iter(shown.values()))
    return ", ".join(f"{verb}: {rule}" for verb, rule in shown.items())
