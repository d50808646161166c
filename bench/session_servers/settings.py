"""The project's own settings, with the counter in place of the demo."""

from __future__ import annotations

from smallweb_project.settings import *  # noqa: F403
from smallweb_project.settings import INSTALLED_APPS, SMALLWEB_CORE

INSTALLED_APPS = [app for app in INSTALLED_APPS if "demo" not in app] + ["bench.session_servers.site"]
DEBUG = False
SMALLWEB_CORE = SMALLWEB_CORE | {"SOCKET_CLIENT_MESSAGES_PER_S": 1e9, "SOCKET_CLIENT_BURST": 10**9}
SMALLWEB_SESSIONS = {"MAX_SESSIONS": 0, "MAX_PER_ADDRESS": 0, "MAX_PER_VISITOR": 0}
