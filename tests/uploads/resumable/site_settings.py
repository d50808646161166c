"""The tests' settings with everything in the folder that the environment names."""

from __future__ import annotations

import os
from pathlib import Path

from tests.settings import *  # noqa: F403

FOLDER = Path(os.environ["TEST_FOLDER"])
ROOT_URLCONF = "tests.uploads.resumable.site_urls"
INSTALLED_APPS = [name for name in INSTALLED_APPS if name != "daphne"]  # noqa: F405
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
SMALLWEB_UPLOADS = {
    "ROOTS": {"uploads": FOLDER / "uploads"},
    "MIN_FREE_BYTES": 2**20,
    "USER_QUOTA_BYTES": 3_000_000,
    "CORS": ["https://pages.example"],
}
