"""django-q2's process tree, made to survive the death of any of its members.

A member that is killed may hold a lock of a shared queue for ever (django-q2's issue 23), so the tree
is not mended but replaced: the sentinel ends, the kernel ends its children, and the main process starts
a new sentinel. Nothing is lost with the queues, since they carry hints only.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any

from django_q import cluster as django_q_cluster

from ..processes import die_with_parent
from .blame import blame
from .slots import count_workers

logger = logging.getLogger(__name__)

MEMBER_DIED = 75

fork = multiprocessing.get_context("fork")


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
        self.pool_size = count_workers()
        try:
            super().start()
        except BaseException:  # Python would wait for the members, which nobody watches any more
            _end_with(os.EX_SOFTWARE, "the sentinel failed", exc_info=True)

    def _look_after_members(self, signum: int, frame: FrameType | None) -> None:
        for process in filter(None, (*self.pool, self.monitor, self.pusher)):
            code = process.exitcode or 0
            if code < 0:
                if process in self.pool and process.pid is not None:
                    blame(process.pid)
                _end_with(
                    MEMBER_DIED, f"pid={process.pid} was killed by signal {-code}: the cluster starts anew"
                )

    def reincarnate(self, process: BaseProcess) -> None:
        self._look_after_members(signal.SIGCHLD, None)  # it may have died before it stood in its list
        super().reincarnate(process)


def _end_with(code: int, text: str, *, exc_info: bool = False) -> None:
    """End this process here and now, and by that its children."""
    try:
        logger.critical(text, exc_info=exc_info)
    finally:
        os._exit(code)


def tie_forks_to_parent() -> None:
    """Have the kernel end every process that is forked from here on when its parent ends."""
    parent = os.getpid()

    def tie_to_parent() -> None:
        nonlocal parent
        die_with_parent(parent)
        parent = os.getpid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)

    os.register_at_fork(after_in_child=tie_to_parent)
