"""Which rule stands before each verb of each path: the code's, unless an operator has changed the row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.db import Error

from ...core.channels import namespaces
from ...core.fresh_rows import FreshRows

if TYPE_CHECKING:
    from ..endpoints.base import Endpoint

STALE: Final = object()


class Row(NamedTuple):
    enabled: bool
    rules: dict[str, str]


Rows = tuple[dict[str, Row], dict[str, Row]]


class Policy(FreshRows[Rows]):
    """The rows of objects and of members, by name."""

    def rule(self, endpoint: Endpoint, verb: str, *, now: float) -> Any:
        """Return the rule; None when the path is switched off, STALE when the rows must be read first."""
        return self.last_rule(endpoint, verb) if self.is_fresh(now=now) else STALE

    def last_rule(self, endpoint: Endpoint, verb: str) -> str | None:
        """Return the rule as the rows were when they were last read; None when the path is switched off."""
        objects, members = self.value
        row, member = objects.get(endpoint.object_name), members.get(endpoint.name)
        if (row is not None and not row.enabled) or (member is not None and not member.enabled):
            return None
        for rules in (member and member.rules, endpoint.rules, row and row.rules):
            if rules and rules.get(verb):
                return rules[verb]
        return endpoint.object_rules[verb]

    def object_rule(self, name: str, rules: Mapping[str, str]) -> str | None:
        """Return the rule to get what belongs to an object as such; ``rules`` are the code's."""
        row = self.value[0].get(name)
        if row is not None and not row.enabled:
            return None
        return (row and row.rules.get("get")) or rules["get"]


def read_rows() -> Rows:
    """Return the rows of objects and of members by name; none where the tables are not migrated yet."""
    from ..models import RemoteMember, RemoteObject

    try:
        objects = {row.name: Row(row.enabled, row.rules()) for row in RemoteObject.objects.all()}
        members = {row.name: Row(row.enabled, row.rules()) for row in RemoteMember.objects.all()}
    except Error:
        if _is_migrated():
            raise
        return {}, {}
    return objects, members


def _is_migrated() -> bool:
    from django.db import connection

    from ..models import RemoteMember

    return RemoteMember._meta.db_table in connection.introspection.table_names()


def _decide_anew() -> None:
    """Who may listen to tracked values hangs on the rows."""
    namespaces.version += 1


_policy = Policy(read_rows, ({}, {}), changed=_decide_anew)


def get_policy() -> Policy:
    return _policy
