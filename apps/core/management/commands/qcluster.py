"""``manage.py qcluster``: django-q2's command, with a process tree that survives the death of any member."""

from __future__ import annotations

import os
import signal
from argparse import ArgumentParser
from types import FrameType
from typing import Any, NoReturn

from django.core.management.base import CommandError
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django_q.conf import Conf
from django_q.management.commands.qcluster import Command as QClusterCommand


class Command(QClusterCommand):  # type: ignore[misc]
    """Exits with 0 after SIGTERM or SIGINT, 1 if it refuses to start, 70 if it cannot be kept running."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--workers", type=int, help="tasks at once, in place of Q_CLUSTER")

    def handle(self, *args: Any, **options: Any) -> None:
        if options.get("run_once"):
            super().handle(*args, **options)
            return
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, _end_at_once)
        _require_migrated()
        from ...cluster.main import SafeCluster
        from ...sync import sync_all

        if options.get("cluster_name"):
            os.environ["Q_CLUSTER_NAME"] = options["cluster_name"]
        if options.get("workers"):
            Conf.WORKERS = options["workers"]
        sync_all()
        _keep_connections_open()
        if code := SafeCluster().run():
            raise CommandError("The workers cannot be kept running; see above.", returncode=code)


def _end_at_once(signum: int, frame: FrameType | None) -> NoReturn:
    """Nothing has begun yet."""
    raise SystemExit(0)


def _require_migrated() -> None:
    executor = MigrationExecutor(connections["default"])
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise CommandError("The database lacks migrations; run manage.py migrate first.")


def _keep_connections_open() -> None:
    """A worker is no web server: opening SQLite or PostgreSQL for every task is most of a task's cost."""
    for alias in connections:
        connections.settings[alias]["CONN_MAX_AGE"] = 60
        connections[alias].close()
