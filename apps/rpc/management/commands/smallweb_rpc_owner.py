"""``manage.py smallweb_rpc_owner``: the process in which objects with ``owner="process"`` live."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ....core.exceptions import AlreadyRuns
from ...owner.serve import Owner
from ...registry import objects


class Command(BaseCommand):
    help = "Be the one process in which the objects served with owner='process' live."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            asyncio.run(self._run())
        except AlreadyRuns as error:
            raise CommandError(str(error)) from error

    async def _run(self) -> None:
        owner = Owner()
        for signum in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(signum, owner.stop)
        await owner.run(ready=self._say)

    def _say(self) -> None:
        owned = [entry.name for entry in objects if entry.options.is_owned]
        self.stdout.write(f"Owning {', '.join(owned) or 'nothing'}.")
        self.stdout.flush()
