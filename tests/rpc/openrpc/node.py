"""The npm packages that judge documents and generated clients."""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
from pathlib import Path

from tests.services import require_service

NODE = Path(__file__).parent / "node"


def node_with_packages() -> str:
    """Return Node's path once node_modules holds what the lock file names; installed by one process only."""
    node, npm = require_service("node"), require_service("npm")
    wanted = hashlib.sha256((NODE / "package-lock.json").read_bytes()).hexdigest()
    stamp = NODE / "node_modules/smallweb.stamp"
    with (NODE / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != wanted:
            command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            ended = subprocess.run(command, cwd=NODE, capture_output=True, text=True)
            assert ended.returncode == 0, ended.stdout + ended.stderr
            stamp.write_text(wanted)
    return node


def run_node(script: str, *, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run a script of the folder ``node`` with this text as its input."""
    command = [node_with_packages(), str(NODE / script)]
    return subprocess.run(command, input=given, capture_output=True, text=True)
