"""A process of a site that enqueues tasks and tells of their runs: what a web server would do.

Each line of its input is a JSON object with the function's name under ``do`` and its arguments; each line
of its output is the answer.
"""

from __future__ import annotations

import json
import sys
from typing import IO, Any

from tests.acceptance.hosted_site import HostedSite


class SiteShell:
    """The test's side; it ends with its site."""

    def __init__(self, site: HostedSite) -> None:
        self.site = site
        self._process = site.start_piped("-m", "tests.acceptance.site_shell")

    def enqueue(self, task: str, *calls: dict[str, Any], run_after_s: float = 0.0) -> list[int]:
        """Enqueue a run for each of these arguments and return their primary keys."""
        keys: list[int] = self._ask(do="enqueue", task=task, calls=calls, run_after_s=run_after_s)
        return keys

    def trace(self, *names: str, **arguments: Any) -> list[int]:
        """Enqueue a run of the task ``trace`` for each name."""
        folder = str(self.site.notes_folder)
        return self.enqueue("trace", *({"folder": folder, "name": name, **arguments} for name in names))

    def runs(self, keys: list[int] | None = None) -> list[dict[str, Any]]:
        """Return the runs with these keys, or all, the oldest first."""
        found: list[dict[str, Any]] = self._ask(do="runs", keys=keys)
        return found

    def count_active(self) -> int:
        """Return how many runs have not ended."""
        count: int = self._ask(do="count_active")
        return count

    def hurry(self) -> None:
        """Let what waits for its next attempt begin now."""
        self._ask(do="hurry")

    def _ask(self, **question: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question).encode() + b"\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, self.site.log()[-3000:]
        return json.loads(answer)


def enqueue(task: str, calls: list[dict[str, Any]], run_after_s: float) -> list[int]:
    from datetime import timedelta

    from smallweb.core.executions import tasks

    wished = tasks.get(task).using(run_after=timedelta(seconds=run_after_s))
    return [run.pk for run in wished.enqueue_many(calls)]


def runs(keys: list[int] | None) -> list[dict[str, Any]]:
    from smallweb.core.models import TaskRun

    rows = TaskRun.objects.order_by("pk")
    rows = rows if keys is None else rows.filter(pk__in=keys)
    fields = ("id", "task", "state", "attempt", "interruptions", "error", "result", "progress")
    return list(rows.values(*fields))


def count_active() -> int:
    from smallweb.core.models import TaskRun
    from smallweb.core.models.execution import ACTIVE

    return TaskRun.objects.filter(state__in=ACTIVE).count()


def hurry() -> None:
    from django.utils import timezone

    from smallweb.core.cluster import ring_workers
    from smallweb.core.models import State, TaskRun

    TaskRun.objects.filter(state=State.READY).update(run_after=timezone.now())
    ring_workers()


def main(questions: IO[str], answers: IO[str]) -> None:
    import django
    from django.db import connection

    django.setup()
    for line in questions:
        question = json.loads(line)
        answer = globals()[question.pop("do")](**question)
        connection.close()
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.stdin, sys.stdout)
