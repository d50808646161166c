"""``manage.py qcluster``: django-q2's command, with a process tree that survives the death of any member."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from typing import Any

from django.db import connections
from django_q.conf import Conf
from django_q.management.commands.qcluster import Command as QClusterCommand


class Command(QClusterCommand):  # type: ignore[misc]
    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--workers", type=int, help="instead of Q_CLUSTER['workers']")

    def handle(self, *args: Any, **options: Any) -> None:
        if options.get("run_once"):
            super().handle(*args, **options)
            return
        from ...cluster.sentinel import SafeCluster, install
        from ...sync import sync_all

        if options.get("cluster_name"):
            os.environ["Q_CLUSTER_NAME"] = options["cluster_name"]
        if options.get("workers"):
            Conf.WORKERS = options["workers"]
        sync_all()
        _keep_connections_open()
        install()
        SafeCluster().run()


def _keep_connections_open() -> None:
    """A worker is no web server: opening SQLite or PostgreSQL for every task is most of a task's cost."""
    for alias in connections:
        connections.settings[alias]["CONN_MAX_AGE"] = 60
        connections[alias].close()
