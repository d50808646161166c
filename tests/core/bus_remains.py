"""What a test's bus leaves on a server, and how that is taken away."""

from __future__ import annotations

import psycopg
from psycopg import sql

from smallweb.core.channels.bus.base import Bus
from smallweb.core.channels.bus.postgres import PostgresBus
from smallweb.core.channels.bus.redis import RedisBus


def remove_bus(bus: Bus) -> None:
    """Close the bus and take away what it left on a server."""
    if isinstance(bus, RedisBus):
        for key in bus._client().scan_iter(f"{bus.prefix}*"):
            bus._client().delete(key)
    bus.close()
    if isinstance(bus, PostgresBus):
        with psycopg.connect(bus._url, autocommit=True) as server:
            schema = sql.Identifier(bus.schema)
            server.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(schema))
