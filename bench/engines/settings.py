"""Django for the engines that need one: SQLite with the options of smallweb's project, or PostgreSQL."""

from __future__ import annotations

import os
from typing import Any

import environ

_TUNED = "BENCH_TUNED" in os.environ
_WORKERS = int(os.environ["BENCH_WORKERS"])

SECRET_KEY = "only-for-measuring"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["django.contrib.contenttypes", *os.environ["BENCH_APPS"].split()]

DATABASES: dict[str, dict[str, Any]] = {"default": environ.Env().db_url("DATABASE_URL")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
if _TUNED:
    DATABASES["default"]["CONN_MAX_AGE"] = 60

# Defaults but for what is no choice: where the queue is, how many workers, silence.
Q_CLUSTER = {"name": "bench", "orm": "default", "workers": _WORKERS, "log_level": "WARNING"}
if _TUNED:
    Q_CLUSTER |= {"save_limit": -1, "bulk": 10}
if "BENCH_RETRY_S" in os.environ:
    Q_CLUSTER |= {"timeout": 5, "retry": int(os.environ["BENCH_RETRY_S"])}

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
LOGGING = {"version": 1, "disable_existing_loggers": False, "root": {"level": "WARNING"}}
PROCRASTINATE_IMPORT_PATHS = ["bench.engines.with_procrastinate"]
