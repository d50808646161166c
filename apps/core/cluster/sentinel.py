"""django-q2's process tree, made to survive the death of any of its members.

A member that is killed may hold a lock of a shared queue for ever (django-q2's issue 23), so the tree
is not mended but replaced: the sentinel ends, the kernel ends its children, and the main process starts
a new sentinel. Nothing is lost with the queues, since they carry hints only.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any

from django.db import connections
from django.utils import timezone
from django_q import cluster as django_q_cluster

from ..processes import PROCESS_TREE, die_with_parent
from .beat import leave
from .stop import request_stop
from .work import recover_work

logger = logging.getLogger(__name__)

MEMBER_DIED = 75
# How long running work may go on when the cluster shall end; then it is ended and done again later.
STOP_GRACE_S = 20.0
# How much longer the members get to record that, before they are killed.
_KILL_AFTER_S = 5.0
# A tree that lived so long was no failed start; others are started ever more slowly.
STEADY_S = 10.0
MAX_PAUSE_S = 5.0


class SafeSentinel(django_q_cluster.Sentinel):  # type: ignore[misc]
    """Ends with its whole tree as soon as a member dies by a signal, instead of mending the tree."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        os.setpgid(0, 0)  # Ctrl-C and killpg reach the main process only; it stops the tree gracefully
        self.pool: list[BaseProcess] = []
        self.monitor = self.pusher = None
        # A handler, for the loop that watches the members may itself wait for a lock of the dead one.
        signal.signal(signal.SIGCHLD, self._look_after_members)
        super().__init__(*args, **kwargs)

    def start(self) -> None:
        # Whoever ends all processes at once (systemd, honcho) means the main process: it ends the others.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self.broker.waiting = self.task_queue.qsize
        super().start()

    def _look_after_members(self, signum: int, frame: FrameType | None) -> None:
        for process in filter(None, (*self.pool, self.monitor, self.pusher)):
            code = process.exitcode or 0
            if code < 0:
                logger.critical("pid=%s was killed by signal %s: the cluster starts anew", process.pid, -code)
                os._exit(MEMBER_DIED)

    def reincarnate(self, process: BaseProcess) -> None:
        self._look_after_members(signal.SIGCHLD, None)  # it may have died before it stood in its list
        super().reincarnate(process)


class SafeCluster(django_q_cluster.Cluster):  # type: ignore[misc]
    """The main process: starts sentinels until it is told to stop."""

    def __init__(self) -> None:
        self.stopping: bool = False
        super().__init__()

    def sig_handler(self, signum: int, frame: FrameType | None) -> None:
        # Only a flag: stopping inside a signal handler can deadlock with what the handler interrupted.
        self.stopping = True

    def run(self) -> None:
        """Run until SIGTERM or SIGINT."""
        deaths = 0
        self._clear_up()  # after a main process that a supervisor replaced
        while not self.stopping:
            connections.close_all()  # none may be shared with the sentinel
            started_at = time.monotonic()
            self._start()
            while self.sentinel.is_alive() and not self.stopping:
                self.sentinel.join(0.2)
            if self.sentinel.is_alive():
                break
            deaths = deaths + 1 if time.monotonic() < started_at + STEADY_S else 0
            logger.error("the sentinel ended with %s: starting another", self.sentinel.exitcode)
            self._clear_up()
            self._pause(min(deaths * 0.5, MAX_PAUSE_S))
        self._stop()
        self._clear_up()
        leave()

    def _clear_up(self) -> None:
        """Give the work of the tree back at once; the kernel has ended it with its sentinel."""
        recover_work(timezone.now(), dead_tree=PROCESS_TREE)

    def _pause(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not self.stopping and time.monotonic() < deadline:
            time.sleep(0.1)

    def _start(self) -> None:
        try:
            self.start()
        except RuntimeError:  # the sentinel died while it started; the loop decides
            logger.exception("the sentinel did not start")

    def _stop(self) -> None:
        """Let running work end, STOP_GRACE_S at most; what is not done stays due and is done later."""
        request_stop(STOP_GRACE_S)
        sentinel = self.sentinel
        stopper = threading.Thread(target=self.stop, daemon=True)
        stopper.start()
        deadline = time.monotonic() + STOP_GRACE_S + _KILL_AFTER_S
        while stopper.is_alive() and sentinel.is_alive() and time.monotonic() < deadline:
            stopper.join(0.1)
        if sentinel.is_alive():
            logger.warning("work did not end within %g s: it is done again by another worker", STOP_GRACE_S)
            sentinel.kill()


def install() -> None:
    """Use these classes in this process, and tie every process forked from here on to its parent."""
    django_q_cluster.Sentinel = SafeSentinel
    parent = os.getpid()

    def tie_to_parent() -> None:
        nonlocal parent
        die_with_parent(parent)
        parent = os.getpid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)

    os.register_at_fork(after_in_child=tie_to_parent)
