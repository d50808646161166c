"""The buses that tests run on, each test with one of its own."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from smallweb.core.channels import Namespace, publish
from smallweb.core.channels.bus.base import Bus
from smallweb.core.channels.bus.postgres import PostgresBus
from smallweb.core.channels.bus.redis import RedisBus
from tests.services import require_service
from tests.source import ROOT

NAMESPACES = (
    Namespace(name="open", subscribe="public"),
    Namespace(name="kept", subscribe="public", retain=True, history_size=100),
    Namespace(name="members", subscribe="login", retain=True, history_size=10),
    Namespace(name="office", subscribe="staff"),
)


def bus_url(kind: str, folder: Path) -> str:
    """Return the URL of a bus that nothing else uses: a prefix in Redis, a schema in PostgreSQL."""
    if kind == "sqlite":
        return f"sqlite:///{folder}/bus.sqlite3"
    if kind == "postgres":
        return f"{require_service('postgres')}#test_{secrets.token_hex(6)}"
    address = require_service("redis").rstrip("/")
    return f"{address}/9#test-{secrets.token_hex(6)}"


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


def publish_each(channel: str, values: Iterable[Any]) -> None:
    """Publish one value after the other."""
    for value in values:
        publish(channel, value)


def python_elsewhere(code: str, core: dict[str, Any]) -> subprocess.Popen[str]:
    """Start Python code in another process of the same site, with the tests' namespaces."""
    first = (
        "import django; django.setup()\n"
        "from smallweb.core.channels import *\n"
        "from tests.core.buses import NAMESPACES\n"
        "for one in NAMESPACES: namespaces.register(one)\n"
    )
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.core.elsewhere",
        "PYTHONPATH": f"{ROOT / 'typings'}:{ROOT}",
        "TEST_RUN_DIR": str(core["RUN_DIR"]),
        "TEST_BUS_URL": core["BUS_URL"],
    }
    return subprocess.Popen([sys.executable, "-c", first + code], env=environment, cwd=ROOT, text=True)
