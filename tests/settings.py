"""Settings of the suite's own tests: SQLite in a throw-away folder, or what the environment names.

``DATABASE_URL`` and ``REDIS_URL`` move the same tests to PostgreSQL and Redis.
"""

from __future__ import annotations

import os
import tempfile
import zlib
from pathlib import Path
from typing import Any

import environ

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent
# One folder a test run, and in it one for each of its processes; conftest makes and removes it.
RUN_DIR = Path(
    os.environ.setdefault("SMALLWEB_TEST_DIR", f"{tempfile.gettempdir()}/smallweb-tests-{os.getpid()}")
)
HOME = RUN_DIR / os.environ.get("PYTEST_XDIST_WORKER", "main")

SECRET_KEY = "only for tests"
DEBUG = False
ALLOWED_HOSTS = ["*"]
USE_TZ = True
TIME_ZONE = "UTC"
ROOT_URLCONF = "tests.urls"
STATIC_URL = "/static/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

INSTALLED_APPS = [
    "smallweb.core",
    "smallweb.periodic",
    "smallweb.rpc",
    "smallweb.dispatch",
    "smallweb.uploads",
    "smallweb.sessions",
    "tests.host",
    "daphne",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "django_q",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]


def _database() -> dict[str, Any]:
    database = env.db_url("DATABASE_URL", default=f"sqlite:///{HOME / 'db.sqlite3'}")
    if database["ENGINE"] == "django.db.backends.sqlite3":
        options = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        }
        return {**database, "OPTIONS": options, "TEST": {"NAME": str(HOME / "test.sqlite3")}}
    # The name is the checkout's own: a run that was killed leaves nothing that the next does not replace.
    return {**database, "TEST": {"NAME": f"test_smallweb_{zlib.crc32(str(BASE_DIR).encode()):08x}"}}


def _bus_url() -> str:
    """A Redis serves all processes of a run, each under a prefix of its own."""
    redis_url = env.str("REDIS_URL", default="")
    return f"{redis_url}#tests-{HOME.name}" if redis_url else f"sqlite:///{HOME / 'bus.sqlite3'}"


DATABASES = {"default": _database()}
Q_CLUSTER = {
    "name": "smallweb-tests",
    "orm": "default",
    "broker_class": "smallweb.core.cluster.broker.WorkBroker",
    "workers": 2,
    "queue_limit": 4,
    "timeout": 60,
    "retry": 300,
    "ack_failures": True,
    "save_limit": -1,
    "log_level": "WARNING",
}
TASKS = {"default": {"BACKEND": "smallweb.core.task_backend.TaskBackend"}}
SMALLWEB_CORE = {
    "SITES": {"": HOME / "site"},
    "RUN_DIR": HOME / "run",
    "BUS_URL": _bus_url(),
}
SMALLWEB_UPLOADS = {"ROOTS": {"uploads": HOME / "uploads"}, "MIN_FREE_BYTES": 2**20}
