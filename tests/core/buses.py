"""The buses that tests run on, each test with one of its own."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from smallweb.core.channels import Namespace, namespaces, publish
from smallweb.core.channels.namespace_rows import FIELDS
from tests.services import require_service
from tests.source import ROOT

NAMESPACES = (
    Namespace(name="open", subscribe="public"),
    Namespace(name="kept", subscribe="public", retain=True, history_size=100),
    Namespace(name="members", subscribe="login", retain=True, history_size=10),
    Namespace(name="office", subscribe="staff"),
    Namespace(name="talk", subscribe="public", publish="public", history="public", history_size=5),
    Namespace(name="club", subscribe="login", publish="login", history="login", history_size=5),
    Namespace(name="newest", subscribe="public", latest=True),
    Namespace(name="room", subscribe="public", presence="public"),
    Namespace(name="team", subscribe="login", presence="login"),
)


def bus_url(kind: str, folder: Path) -> str:
    """Return the URL of a bus that nothing else uses: a prefix in Redis, a schema in PostgreSQL."""
    if kind == "sqlite":
        return f"sqlite:///{folder}/bus.sqlite3"
    if kind == "postgres":
        return f"{require_service('postgres')}#test_{secrets.token_hex(6)}"
    address = require_service("redis").rstrip("/")
    return f"{address}/9#test-{secrets.token_hex(6)}"


@contextmanager
def edited(name: str, **values: Any) -> Iterator[None]:
    """Let this process believe inside the block that an operator has edited the namespace's row."""
    before = namespaces._rows
    row = {field: getattr(namespaces.get(name), field, None) for field in FIELDS}
    namespaces.take_rows(({**row, "enabled": True, "in_code": True, "code_defaults": {}, **values},))
    try:
        yield
    finally:
        namespaces.take_rows(before)


def publish_each(channel: str, values: Iterable[Any]) -> None:
    """Publish one value after the other."""
    for value in values:
        publish(channel, value)


def python_elsewhere(
    code: str, core: dict[str, Any], *, stdin: int | None = None, **environment: str
) -> subprocess.Popen[str]:
    """Start Python code in another process of the same site, with the tests' namespaces."""
    first = (
        "import django; django.setup()\n"
        "from smallweb.core.channels import *\n"
        "from tests.core.buses import NAMESPACES\n"
        "for one in NAMESPACES: namespaces.register(one)\n"
    )
    environment = {
        **os.environ,
        **environment,
        "DJANGO_SETTINGS_MODULE": "tests.core.elsewhere",
        "PYTHONPATH": f"{ROOT / 'typings'}:{ROOT}",
        "TEST_RUN_DIR": str(core["RUN_DIR"]),
        "TEST_BUS_URL": core["BUS_URL"],
    }
    command = [sys.executable, "-c", first + code]
    return subprocess.Popen(command, env=environment, cwd=ROOT, text=True, stdin=stdin)
