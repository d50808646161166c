"""Settings of the clients' test server."""

from __future__ import annotations

import os

from tests.core.elsewhere import *  # noqa: F403
from tests.core.elsewhere import SMALLWEB_CORE

SMALLWEB_CORE = {
    **SMALLWEB_CORE,
    "SOCKET_PING_INTERVAL_S": float(os.environ["TEST_PING_INTERVAL_S"]),
    "SOCKET_MESSAGES_PER_S": 100_000.0,
    "SOCKET_BURST": 100_000,
}
