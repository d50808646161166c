"""The Django of a Runner: what apps and their visitors need, and nothing else."""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
import tempfile
from pathlib import Path
from typing import Any

from ...core.secret_key import kept_secret_key

STATIC_URL = "/_smallweb/static/"


def configure(script: Path) -> None:
    """Set Django up for this script, unless it is set up already; make its tables where there are none.

    Processes of one script share a folder, and wait for each other here.
    """
    import django
    from django.conf import settings

    if settings.configured:
        django.setup()
        return
    folder = data_folder(script)
    settings.configure(**_settings(folder, _mark(script)))
    django.setup()
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _make_tables()


def data_folder(script: Path) -> Path:
    """Return a folder that only this user can read, the same for all processes of a script."""
    given = os.environ.get("SMALLWEB_DATA")
    if given:
        return _private(Path(given).absolute())
    home = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share")
    name = f"{script.stem}-{_mark(script)}"
    try:
        return _private(home / "smallweb" / name)
    except OSError:  # a user without a home
        return _private(Path(tempfile.gettempdir()) / f"smallweb-{os.geteuid()}") / name


def _private(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise PermissionError(f"{folder} belongs to somebody else; set SMALLWEB_DATA to another folder.")
    folder.chmod(0o700)
    return folder


def _mark(script: Path) -> str:
    return hashlib.sha256(os.fsencode(script)).hexdigest()[:10]


def _settings(folder: Path, mark: str) -> dict[str, Any]:
    return {
        "SECRET_KEY": kept_secret_key(folder / "secret_key"),
        "ALLOWED_HOSTS": ["*"],
        "USE_TZ": True,
        "ROOT_URLCONF": "smallweb.sessions.runner.urls",
        "STATIC_URL": STATIC_URL,
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        # Browsers do not tell the ports of a machine apart: each script has its own names.
        "SESSION_COOKIE_NAME": f"session_{mark}",
        "CSRF_COOKIE_NAME": f"csrf_{mark}",
        "INSTALLED_APPS": [
            "smallweb.core",
            "smallweb.sessions",
            "channels",
            "django_q",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
        ],
        "APPEND_SLASH": False,
        "MIDDLEWARE": [
            "django.middleware.common.CommonMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
        ],
        "TEMPLATES": [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        "DATABASES": {
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(folder / "db.sqlite3"),
                "OPTIONS": {
                    "transaction_mode": "IMMEDIATE",
                    "timeout": 20,
                    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
                },
            }
        },
        "SMALLWEB_CORE": {"RUN_DIR": str(folder / "run"), "BUS_URL": f"sqlite:///{folder / 'bus.sqlite3'}"},
        "SMALLWEB_SESSIONS": {"ACCESS": "public"},
        "Q_CLUSTER": {"name": "smallweb", "orm": "default", "timeout": 60, "retry": 300},
        "LOGGING_CONFIG": None,
    }


def _make_tables() -> None:
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)
    connection.close()
