"""The main process of the workers: it starts process trees until it is told to stop."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from types import FrameType

from django.db import connections
from django.utils import timezone
from django_q import cluster as django_q_cluster
from django_q.brokers import get_broker

from ..processes import PROCESS_TREE
from .beat import leave
from .blame import blame_nobody
from .companions import Companions, wanted_companions
from .notice import Notice
from .orphans import adopt_orphans, end_descendants, reap_orphans
from .sentinel import SafeSentinel, fork, tie_forks_to_parent
from .stop import request_stop
from .trees import bury_dead_trees, live_as
from .work import recover_work

logger = logging.getLogger(__name__)

# How long running work may go on when the cluster shall end; then it is ended and done again later.
STOP_GRACE_S = 20.0
# How much longer the members get to record that, before they are killed.
_KILL_AFTER_S = 2.0
# How long the work of a dead tree may take to be given back; if the database hangs, its leases expire.
_CLEAR_UP_S = 4.0
_LOOK_EVERY_S = 0.2
_END_TREE_S = 10.0
# A tree that never came to look for work failed to start: the next waits, and there is an end of it.
MAX_FAILED_STARTS = 10
_FIRST_PAUSE_S = 0.1
MAX_PAUSE_S = 5.0


def _recover() -> None:
    recover_work(timezone.now(), dead_tree=PROCESS_TREE)


def _begin() -> None:
    """Take back what was held by trees of this machine that died, an earlier one of this name included."""
    for tree in [PROCESS_TREE, *bury_dead_trees()]:
        recover_work(timezone.now(), dead_tree=tree)
        leave(tree)


class SafeCluster(django_q_cluster.Cluster):  # type: ignore[misc]
    """Whatever is killed, its tree is replaced at once; the kernel ends the trees with this process."""

    def __init__(self) -> None:
        self.stopping: bool = False
        self._companions = Companions(wanted_companions())
        super().__init__()

    def sig_handler(self, signum: int, frame: FrameType | None) -> None:
        # Only a flag: stopping inside a signal handler can deadlock with what the handler interrupted.
        self.stopping = True

    def run(self) -> int:
        """Run until SIGTERM or SIGINT: return 0 then, and EX_SOFTWARE when no tree comes to work."""
        tie_forks_to_parent()
        adopt_orphans()
        self._lives_by = live_as()
        self._clear_up(_begin)
        failures = 0
        while not self.stopping:
            failures = 0 if self._run_tree() else failures + 1
            if failures >= MAX_FAILED_STARTS and not self.stopping:
                logger.critical("%s trees in a row ended before they came to work: giving up", failures)
                break
            self._pause(restart_pause_s(failures))
        self._companions.end()
        self._clear_up(leave)
        return 0 if self.stopping else os.EX_SOFTWARE

    def start(self) -> int:
        """Fork a tree, without waiting for it: its members may be killed before they can say a word."""
        self.stop_event, self.start_event, self._looked = Notice(), Notice(), Notice()
        broker = get_broker()
        broker.looked = self._looked.set
        connections.close_all()  # none may be shared with the tree
        blame_nobody()
        arguments = (self.stop_event, self.start_event, self.cluster_id, broker, self.timeout)
        self.sentinel = fork.Process(target=SafeSentinel, args=arguments, name="sentinel")
        self.sentinel.start()
        return int(self.pid)

    def stop(self) -> bool:
        """Let running work end, STOP_GRACE_S at most; what is not done stays due and is done later."""
        request_stop(STOP_GRACE_S)
        self._companions.ask_to_end()
        self.stop_event.set()
        self.sentinel.join(STOP_GRACE_S + _KILL_AFTER_S)
        if self.sentinel.is_alive():
            logger.warning("work did not end within %g s: it is done again by another worker", STOP_GRACE_S)
            self.sentinel.kill()
            self.sentinel.join()
        return True

    def _run_tree(self) -> bool:
        """Run one tree to its end; return whether it came to look for work."""
        try:
            self.start()
        except OSError:  # no process or no descriptor is to be had
            logger.exception("the sentinel did not start")
            return False
        while self.sentinel.is_alive() and not self.stopping:
            self.sentinel.join(_LOOK_EVERY_S)
            self._companions.look()
            reap_orphans(but={self.sentinel.pid, *self._companions.pids})
        if self.stopping:
            self.stop()
        else:
            logger.error("the sentinel ended with %s: starting another", self.sentinel.exitcode)
        if not end_descendants(limit_s=_END_TREE_S, but=self._companions.pids):
            logger.error("processes of the old tree cannot be ended")
        self._clear_up()
        has_worked = self._looked.is_set()
        for notice in (self.stop_event, self.start_event, self._looked):
            notice.close()
        return has_worked

    def _clear_up(self, clear_up: Callable[[], object] = _recover) -> None:
        """Give the work of a dead tree back at once, in a process of its own: the database may hang."""
        connections.close_all()
        helper = fork.Process(target=clear_up)
        try:
            helper.start()
        except OSError:
            logger.exception("what a dead tree held is free when its leases are over")
            return
        helper.join(_CLEAR_UP_S)
        helper.kill()
        helper.join()

    def _pause(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not self.stopping and time.monotonic() < deadline:
            time.sleep(0.05)


def restart_pause_s(failures: int) -> float:
    """Return how long to wait after so many failed starts in a row: nothing after a tree that worked."""
    return min(_FIRST_PAUSE_S * 2 ** (failures - 1), MAX_PAUSE_S) if failures else 0.0
