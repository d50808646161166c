"""The project's own settings, with one handler in place of the demo."""

from __future__ import annotations

from smallweb_project.settings import *  # noqa: F403
from smallweb_project.settings import DATA_DIR, INSTALLED_APPS, SMALLWEB_CORE

INSTALLED_APPS = [app for app in INSTALLED_APPS if "demo" not in app] + ["bench.upload_servers.site"]
DEBUG = False
SMALLWEB_CORE = SMALLWEB_CORE | {"SOCKET_CLIENT_MESSAGES_PER_S": 1e9, "SOCKET_CLIENT_BURST": 10**9}
SMALLWEB_UPLOADS = {
    "ROOTS": {"uploads": DATA_DIR / "uploads"},
    "MAX_BYTES": 2**32,
    "MAX_REQUEST_BYTES": 2**32,
    "MIN_FREE_BYTES": 0,
}
