"""Settings of the processes that tests start: those of the test, with its run folder and bus."""

from __future__ import annotations

import json
import os

from tests.settings import *  # noqa: F403

SMALLWEB_CORE = {
    "RUN_DIR": os.environ["TEST_RUN_DIR"],
    "BUS_URL": os.environ["TEST_BUS_URL"],
    **json.loads(os.environ.get("TEST_CORE", "{}")),
}
if "TEST_DATABASE" in os.environ:
    DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE"]  # noqa: F405
