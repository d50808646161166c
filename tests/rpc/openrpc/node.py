"""The npm packages that judge documents and generated clients."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.rpc.clients.driven import install
from tests.services import require_service

NODE = Path(__file__).parent / "node"


def node_with_packages() -> str:
    """Return Node's path once its packages are there."""
    node = require_service("node")
    install(require_service("npm"), NODE)
    return node


def run_node(script: str, *, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run a script of the folder ``node`` with this text as its input."""
    command = [node_with_packages(), str(NODE / script)]
    return subprocess.run(command, input=given, capture_output=True, text=True)
