"""Which rule stands before each verb of each path: the code's, unless an operator has changed the row."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.db import Error

from ...core.channels import namespaces
from ...core.socket.pool import in_pool

if TYPE_CHECKING:
    from ..endpoints.base import Endpoint

MAX_AGE_S = 1.0
"""For how long the rows are taken for what they were when they were read."""

STALE: Final = object()


class Row(NamedTuple):
    enabled: bool
    rules: dict[str, str]


class Policy:
    """The rows of this process, read again by the first call that finds them older than MAX_AGE_S."""

    def __init__(self) -> None:
        self._objects: dict[str, Row] = {}
        self._members: dict[str, Row] = {}
        self._read_at = float("-inf")
        self._reading: asyncio.Future[None] | None = None

    def rule(self, endpoint: Endpoint, verb: str, *, now: float) -> Any:
        """Return the rule; None when the path is switched off, STALE when the rows must be read first."""
        return STALE if now - self._read_at >= MAX_AGE_S else self.last_rule(endpoint, verb)

    def last_rule(self, endpoint: Endpoint, verb: str) -> str | None:
        """Return the rule as the rows were when they were last read; None when the path is switched off."""
        row = self._objects.get(endpoint.object_name)
        member = self._members.get(endpoint.name)
        if (row is not None and not row.enabled) or (member is not None and not member.enabled):
            return None
        for rules in (member and member.rules, endpoint.rules, row and row.rules):
            if rules and rules.get(verb):
                return rules[verb]
        return endpoint.object_rules[verb]

    def object_rule(self, name: str, rules: Mapping[str, str]) -> str | None:
        """Return the rule to get what belongs to an object as such; ``rules`` are the code's."""
        row = self._objects.get(name)
        if row is not None and not row.enabled:
            return None
        return (row and row.rules.get("get")) or rules["get"]

    async def refresh(self) -> None:
        """Read the rows; who asks while they are being read waits for the same answer."""
        if self._reading is None or self._reading.get_loop() is not asyncio.get_running_loop():
            self._reading = asyncio.ensure_future(self._refresh())
        await asyncio.shield(self._reading)

    def forget(self) -> None:
        """Have the rows read again before the next call."""
        self._read_at = float("-inf")

    async def _refresh(self) -> None:
        asked_at = time.monotonic()
        try:
            rows = await in_pool(read_rows)
            if rows != (self._objects, self._members):
                self._objects, self._members = rows
                namespaces.version += 1  # who may listen to tracked values is to be decided anew
            self._read_at = asked_at
        finally:
            self._reading = None


def read_rows() -> tuple[dict[str, Row], dict[str, Row]]:
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


_policy = Policy()


def get_policy() -> Policy:
    return _policy
