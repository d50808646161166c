"""What the acceptance tests cannot bring about: a sentinel that fails itself."""

from __future__ import annotations

import os
import subprocess
import sys

from smallweb.core.cluster.sentinel import MEMBER_DIED
from tests.acceptance.processes import all_gone
from tests.source import ROOT
from tests.waiting import wait_for

_START = """
import os, signal, uuid
import django
django.setup()
from django_q.brokers import get_broker
from smallweb.core.cluster.notice import Notice
from smallweb.core.cluster.sentinel import SafeSentinel, fork, tie_forks_to_parent

def run(kind):
    tie_forks_to_parent()
    arguments = (Notice(), Notice(), uuid.uuid4(), get_broker(), None)
    process = fork.Process(target=kind, args=arguments)
    process.start()
    process.join(20)
    print(process.exitcode)
"""


def _run(code: str) -> tuple[list[int], str]:
    done = subprocess.run(
        [sys.executable, "-c", _START + code],
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'typings'}{os.pathsep}{ROOT}"},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [int(word) for word in done.stdout.split()], done.stderr


def test_a_sentinel_that_fails_leaves_no_members() -> None:
    (*members, code), log = _run(
        """
class Failing(SafeSentinel):
    def spawn_pusher(self):
        print(*[worker.pid for worker in self.pool], self.monitor.pid, flush=True)
        raise OSError("no process is to be had")

run(Failing)
"""
    )
    assert len(members) == 4
    assert code == os.EX_SOFTWARE
    assert "the sentinel failed" in log
    assert "no process is to be had" in log
    wait_for(lambda: all_gone(members), limit_s=2)


def test_a_member_that_is_killed_while_it_is_being_started_ends_the_tree_too() -> None:
    (*members, code), log = _run(
        """
class Unlucky(SafeSentinel):
    def spawn_monitor(self):
        print(*[worker.pid for worker in self.pool], flush=True)
        os.kill(self.pool[0].pid, signal.SIGKILL)
        return super().spawn_monitor()

run(Unlucky)
"""
    )
    assert len(members) == 3
    assert code == MEMBER_DIED
    assert f"pid={members[0]} was killed by signal 9" in log
    wait_for(lambda: all_gone(members), limit_s=2)
