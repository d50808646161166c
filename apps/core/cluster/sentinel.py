"""django-q2's process tree, made to survive the death of any of its members.

A member that is killed may hold a lock of a shared queue for ever (django-q2's issue 23), so the tree
is not mended but replaced: the sentinel ends, the kernel ends its children, and the main process starts
a new sentinel. Nothing is lost with the queues, since they carry hints only.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from multiprocessing import current_process
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any

from django_q import cluster as django_q_cluster

from ..processes import die_with_parent

logger = logging.getLogger(__name__)

MEMBER_DIED = 75
STOP_GRACE_S = 20.0
MAX_RESTARTS = 10
RESTART_WINDOW_S = 60.0


class SafeSentinel(django_q_cluster.Sentinel):  # type: ignore[misc]
    """Ends with its whole tree when a member dies by a signal, instead of mending the tree."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        os.setpgid(0, 0)  # Ctrl-C and killpg reach the main process only; it stops the tree gracefully
        super().__init__(*args, **kwargs)

    def reincarnate(self, process: BaseProcess) -> None:
        if (process.exitcode or 0) < 0:
            logger.critical(
                "pid=%s was killed by signal %s: the cluster starts anew", process.pid, -process.exitcode
            )
            os._exit(MEMBER_DIED)
        super().reincarnate(process)


class SafeCluster(django_q_cluster.Cluster):  # type: ignore[misc]
    """The main process: starts sentinels until it is told to stop."""

    def __init__(self) -> None:
        self.stopping = False
        super().__init__()

    def sig_handler(self, signum: int, frame: FrameType | None) -> None:
        # Only a flag: stopping inside a signal handler can deadlock with what the handler interrupted.
        self.stopping = True

    def run(self) -> int:
        """Run until SIGTERM or SIGINT; return the exit code: 0, or MEMBER_DIED when members keep dying."""
        restarts: list[float] = []
        while not self.stopping:
            self._start()
            while self.sentinel.is_alive() and not self.stopping:
                self.sentinel.join(0.2)
            if self.stopping:
                break
            restarts = [at for at in restarts if at > time.monotonic() - RESTART_WINDOW_S]
            restarts.append(time.monotonic())
            if len(restarts) > MAX_RESTARTS:
                logger.critical(
                    "the cluster died %s times in %g s: giving up", len(restarts), RESTART_WINDOW_S
                )
                return MEMBER_DIED
            logger.error("the sentinel ended with %s: starting another", self.sentinel.exitcode)
        self._stop()
        return 0

    def _start(self) -> None:
        try:
            self.start()
        except RuntimeError:  # the sentinel died while it started; the loop decides
            logger.exception("the sentinel did not start")

    def _stop(self) -> None:
        """Let running work end, STOP_GRACE_S at most; what is not done stays due and is done later."""
        sentinel = self.sentinel
        stopper = threading.Thread(target=self.stop, daemon=True)
        stopper.start()
        deadline = time.monotonic() + STOP_GRACE_S
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

    os.register_at_fork(after_in_child=tie_to_parent)
    logger.debug("process=%s is the main process of a cluster", current_process().name)
