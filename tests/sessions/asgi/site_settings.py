"""The tests' settings with everything in the folder that the environment names."""

from __future__ import annotations

import os
from pathlib import Path

from tests.settings import *  # noqa: F403

FOLDER = Path(os.environ["TEST_FOLDER"])
ROOT_URLCONF = "tests.sessions.asgi.site_urls"
INSTALLED_APPS = [
    *[name for name in INSTALLED_APPS if name not in ("daphne", "smallweb.sessions")],  # noqa: F405
    "smallweb.sessions",
]
DATABASES = {
    "default": {
        **DATABASES["default"],  # noqa: F405
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(FOLDER / "db.sqlite3"),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }
}
SMALLWEB_CORE = {
    "SITES": {"": FOLDER / "site"},
    "RUN_DIR": FOLDER / "run",
    "BUS_URL": f"sqlite:///{FOLDER / 'bus.sqlite3'}",
}
SMALLWEB_SESSIONS = {"MAX_BODY_BYTES": 4 * 2**20, "MAX_PER_ADDRESS": 100}
