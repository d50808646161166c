"""Rows for the objects and members of the code."""

from __future__ import annotations

from typing import Any

from ...core.sync import SyncResult, sync_rows
from ..endpoints import AttributeEndpoint, Endpoint
from ..models import RemoteMember, RemoteObject
from ..registry import ObjectEntry, objects
from .policy import get_policy


def sync_objects() -> SyncResult:
    """Make a row of every served object, and one of each of its members."""
    result = sync_rows(RemoteObject, {entry.name: _object_values(entry) for entry in objects})
    ids = dict(RemoteObject.objects.values_list("name", "pk"))
    members = {
        endpoint.name: {"object_id": ids[entry.name], **_member_values(endpoint)}
        for entry in objects
        for endpoint in entry.endpoints
    }
    of_members = sync_rows(RemoteMember, members)
    get_policy().forget()
    return SyncResult(
        created=[*result.created, *of_members.created],
        updated=[*result.updated, *of_members.updated],
        vanished=[*result.vanished, *of_members.vanished],
    )


def _object_values(entry: ObjectEntry) -> dict[str, Any]:
    rules = entry.options.rules()
    return {
        "access": rules["get"] if rules["get"] == rules["call"] else "",
        **_write_rules(rules, default=rules["get"]),
    }


def _member_values(endpoint: Endpoint) -> dict[str, Any]:
    rules = dict(endpoint.rules)
    is_attribute = isinstance(endpoint, AttributeEndpoint)
    access = rules.get("get" if is_attribute else "call", "")
    kind = "attribute" if is_attribute else "method"
    return {"kind": kind, "access": access, **_write_rules(rules, default=access)}


def _write_rules(rules: Any, *, default: str) -> dict[str, str]:
    """Return the rules to set and delete where they differ from the one to get."""
    return {
        f"{verb}_access": "" if rules.get(verb, "") == default else rules.get(verb, "")
        for verb in ("set", "delete")
    }
