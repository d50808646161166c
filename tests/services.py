"""What tests need from the machine: skipped with a reason where it is missing, a failure in CI."""

from __future__ import annotations

import os
import shutil
import socket
from typing import Literal
from urllib.parse import urlsplit

import pytest

Service = Literal["redis", "postgres", "chromium", "strace", "node", "npm", "nginx"]

_URLS = {
    "redis": ("TEST_REDIS_URL", "redis://127.0.0.1:6379/", 6379),
    "postgres": ("TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres", 5432),
}


def require_service(name: Service) -> str:
    """Return the service's URL or the program's path; without it skip the test, or fail it if CI is set."""
    found = _reachable_url(name) if name in _URLS else shutil.which(name)
    if found:
        return found
    reason = f"{name} is not there; .ci/run installs and starts it on Debian."
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def _reachable_url(name: str) -> str | None:
    variable, default, port = _URLS[name]
    url = os.environ.get(variable) or default
    address = urlsplit(url)
    try:
        socket.create_connection((address.hostname or "127.0.0.1", address.port or port), timeout=2).close()
    except OSError:
        return None
    return url
