"""Tasks that were started by a URL reach their end whoever is killed, and no status is ever a wrong one.

10 kills and 200 tasks by default, 30 and 1,000 with SMALLWEB_NIGHTLY=1.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.acceptance.hosted_site import Cluster
from tests.acceptance.processes import kill_quietly
from tests.acceptance.running_site import RunningSite, running_site
from tests.acceptance.visitor import Visitor
from tests.waiting import wait_for

pytestmark = pytest.mark.once

NIGHTLY = os.environ.get("SMALLWEB_NIGHTLY") == "1"
KILLS, TASKS = (30, 1000) if NIGHTLY else (10, 200)
READERS = 3
STEPS = "/examples/probe/Open/steps"
WAITING = {"status": "Running", "state": ""}
STARTED = {"status": "inProgress", "state": {"method": "steps"}}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[RunningSite]:
    env = {"SMALLWEB_APPS": "smallweb_project.demo,tests.host", "SMALLWEB_WORKERS": "2"}
    with running_site(tmp_path / "data", env=env) as running:
        yield running


class Watched:
    """One started task, and what its status has said so far."""

    def __init__(self, visitor: Visitor, name: int) -> None:
        answer = visitor.post(STEPS, f"name={name}".encode())
        assert answer.status == 202
        self.id = json.loads(answer.body)["id"]
        self.done = {"status": "SUCCESS", "data": 2 * name}
        steps = [{"number": number, "title": f"Step of {name}"} for number in (1, 2, 3)]
        running = [{"status": "inProgress", "state": step} for step in steps]
        self.right = [WAITING, STARTED, *running, self.done]
        self.last: Any = WAITING
        self._visitor = visitor

    def look(self) -> bool:
        """Ask for the status, which must be a right one; return whether the task is over."""
        before, self.last = self.last, self._visitor.status(self.id)
        assert self.last in self.right, f"{self.last} is none of {self.right}"
        assert before in (self.last,) or before != self.done, "what was over went on"
        return bool(self.last == self.done)


def test_every_status_is_right_and_every_task_ends(site: RunningSite) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    visitor = Visitor(site.url)
    main = main_of_cluster(site)
    first = Watched(visitor, 0)  # which gives the visitor a session
    with ThreadPoolExecutor(READERS) as pool:
        tasks = [first, *pool.map(lambda name: Watched(visitor, name), range(1, TASKS))]
        readers = [pool.submit(watch, tasks[number::READERS]) for number in range(READERS)]
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.05, 1.5))
            kill_quietly(chance.choice(Cluster.of(main).workers))
        for reader in readers:
            reader.result()
    assert all(task.look() for task in tasks)
    print(f"\nseed {seed}: {TASKS} tasks, {KILLS} workers killed")


def watch(tasks: list[Watched]) -> None:
    """Look at each of these until all are over."""

    def are_over() -> bool:
        tasks[:] = [task for task in tasks if not task.look()]
        return not tasks

    wait_for(are_over, limit_s=300, what=f"an end of {len(tasks)} tasks")


def main_of_cluster(site: RunningSite) -> int:
    """Return the process id of the cluster's main process."""

    def look() -> int | None:
        children = psutil.Process(site.process.pid).children()
        return next((child.pid for child in children if "qcluster" in child.cmdline()), None)

    found = wait_for(look, limit_s=20, what="a cluster")
    assert found is not None
    return found
