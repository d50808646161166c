"""``manage.py smallweb_consumers``: consumers of durable queues without other workers."""

from __future__ import annotations

import signal
import sys
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ....core.admin import EMPTY, relative_time
from ....core.cluster.companions import Companions
from ....core.exceptions import NotRegistered
from ...consuming.holders import count_living
from ...consuming.processes import find_companions
from ...consuming.run import run_consumer
from ...queue_consumers import consumers
from ...services.describe_queues import QueueFigures, describe_queues

_LOOK_EVERY_S = 0.2
_ROW = "{:<30} {:>8} {:>8} {:>8} {:>14}  {}"


class Command(BaseCommand):
    help = "Run the consumers of all durable queues. manage.py qcluster does so, too."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--list", action="store_true", help="show the queues and what waits in them")
        what.add_argument("--only", metavar="QUEUE", help="be one process of the consumer of this queue")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"]:
            self._list()
        elif options["only"]:
            self._be_consumer(options["only"])
        else:
            self._run_all()

    def _list(self) -> None:
        self.stdout.write(_ROW.format("queue", "waiting", "held", "failed", "oldest", "consumers here"))
        for queue in describe_queues():
            oldest = EMPTY if queue.oldest_at is None else relative_time(queue.oldest_at, timezone.now())
            figures = (queue.waiting, queue.held, queue.failed, oldest)
            self.stdout.write(_ROW.format(queue.name, *figures, _consumers(queue)))

    def _be_consumer(self, name: str) -> None:
        try:
            made = consumers.get(name)
        except NotRegistered as error:
            raise CommandError(str(error)) from error
        # What the function prints is for somebody who watches a log.
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        sys.exit(run_consumer(made))

    def _run_all(self) -> None:
        wanted = list(find_companions())
        if not wanted:
            self.stdout.write("No consumers are registered; decorate a function with @consumer.")
            return
        companions = Companions(wanted)
        over = threading.Event()
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda signum, frame: over.set())
        while not over.wait(_LOOK_EVERY_S):
            companions.look()
        companions.end()


def _consumers(queue: QueueFigures) -> str:
    if not queue.has_consumer:
        return "none in code"
    return f"{count_living(queue.name)} of {consumers.get(queue.name).processes}"
