"""The buses that tests run on, each test with one of its own."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from smallweb.core.channels import Namespace, publish
from tests.services import require_service
from tests.source import ROOT

NAMESPACES = (
    Namespace(name="open", subscribe="public"),
    Namespace(name="kept", subscribe="public", retain=True, history_size=100),
    Namespace(name="members", subscribe="login", retain=True, history_size=10),
    Namespace(name="office", subscribe="staff"),
)


def bus_url(kind: str, folder: Path) -> str:
    """Return the URL of a bus that nothing else uses; of Redis, a prefix in database 9."""
    if kind == "sqlite":
        return f"sqlite:///{folder}/bus.sqlite3"
    address = require_service("redis").rstrip("/")
    return f"{address}/9#test-{secrets.token_hex(6)}"


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
