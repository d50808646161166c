"""``manage.py smallweb_apphost``: the process that starts, watches and ends the sessions of this machine."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from ....core.exceptions import AlreadyRuns
from ...services.be_host import be_host
from ...services.sync_apps import read_apps


class Command(BaseCommand):
    help = "Be the app host of this machine until a signal, then end all sessions."

    def handle(self, *args: Any, **options: Any) -> None:
        apps = read_apps()
        connections.close_all()  # a host asks the database nothing

        def say() -> None:
            self.stdout.write(f"Hosting {', '.join(apps) or 'whatever is asked for'}.")
            self.stdout.flush()

        try:
            be_host(list(apps.values()), ready=say)
        except AlreadyRuns as error:
            raise CommandError(str(error)) from error
