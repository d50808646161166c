"""The django-q2 broker whose queue is the apps' own rows; ``Q_CLUSTER["broker_class"]``.

django-q2 stays the carrier: its pusher calls ``dequeue``, its workers run ``run_work``. Tasks that the
site's own code starts with ``django_q.tasks.async_task`` go through django-q2's ORM queue as ever.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from multiprocessing.util import Finalize
from typing import Any

from django.db import DEFAULT_DB_ALIAS, close_old_connections
from django.utils import timezone
from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from .beat import Beat
from .listen import WorkBell
from .lookout import MAX_PAUSE_S, Lookout
from .work import BELL, ring_workers

logger = logging.getLogger(__name__)

RETRY_S = 1.0
RUN_WORK = "smallweb.core.tasks.run_work"
# So long the processor is left to the workers that have just been given something.
LOOK_EVERY_S = 0.005
# How often it is asked whether a worker has taken a hint, while all are busy; that costs no query.
BUSY_POLL_S = 0.05


class WorkBroker(ORM):  # type: ignore[misc]
    """At least once: a hint is nothing but a reason to look; the claim is made by the worker."""

    # How many hints wait for a worker; the sentinel gives it.
    waiting: Callable[[], int] = staticmethod(lambda: 0)
    # Called after each look for work; the main process gives it.
    looked: Callable[[], None] = staticmethod(lambda: None)
    _lookout: Lookout | None = None
    _bell: WorkBell | None = None
    _was_rung = True
    _looked_at = _asked_queue_at = 0.0
    _beat: Beat | None = None

    def dequeue(self) -> list[tuple[Any, str]] | None:
        """Return what is due, else wait for it: until its time, a ring, or a second. Never raises."""
        try:
            return self._dequeue()
        except Exception:  # django-q2 would end the pusher and do nothing for ten seconds
            logger.exception("could not look for work: trying again")
            time.sleep(RETRY_S)
            return None

    def _dequeue(self) -> list[tuple[Any, str]] | None:
        close_old_connections()
        lookout, bell = self._senses()
        self._let_workers_begin()
        self._was_rung = bell.clear() or self._was_rung
        now = timezone.now()
        self._beat = self._beat or Beat()
        self._beat.beat(now)
        waiting = self.waiting()
        # Never more than the queue takes: a pusher that waits there looks after nothing.
        room = Conf.QUEUE_LIMIT - waiting
        hints = lookout.look(now, limit=room, waiting=waiting)
        given = [(None, _package(source, key)) for source, key in hints]
        given += self._own_tasks(room - len(hints), is_patient=bool(hints))
        self.looked()
        if given:
            return given
        if waiting > 0:
            self._wait_for_workers(bell, waiting)
        else:
            self._was_rung = bell.wait(lookout.pause_s(now)) or self._was_rung
        return None

    def enqueue(self, task: str) -> Any:
        """Queue a task of the site's own and wake the workers once its transaction has committed."""
        key = super().enqueue(task)
        ring_workers(using=Conf.ORM or DEFAULT_DB_ALIAS)
        return key

    def _senses(self) -> tuple[Lookout, WorkBell]:
        if self._lookout is None or self._bell is None:
            self._lookout, self._bell = Lookout(), WorkBell(BELL)
            Finalize(None, self._bell.close, exitpriority=0)  # when this process ends
        return self._lookout, self._bell

    def _let_workers_begin(self) -> None:
        pause_s = self._looked_at + LOOK_EVERY_S - time.monotonic()
        if pause_s > 0:
            time.sleep(pause_s)
        self._looked_at = time.monotonic()

    def _wait_for_workers(self, bell: WorkBell, waiting: int) -> None:
        """Return when a worker has taken one of the hints that wait, at a ring, or after a second."""
        until = time.monotonic() + MAX_PAUSE_S
        while self.waiting() == waiting and time.monotonic() < until:
            time.sleep(BUSY_POLL_S)
            if bell.clear():
                self._was_rung = True
                return

    def _own_tasks(self, room: int, *, is_patient: bool) -> list[tuple[Any, str]]:
        """Return tasks of the site's own, ``room`` at most; asked for after a ring, and once a second."""
        is_late = time.monotonic() >= self._asked_queue_at + MAX_PAUSE_S
        if room <= 0 or not (is_late or (self._was_rung and not is_patient)):
            return []
        self._asked_queue_at = time.monotonic()
        rows = self.get_connection().filter(key=self.list_key, lock__lt=timezone.now()).order_by("pk")
        found = list(rows[: min(room, Conf.BULK)])
        self._was_rung = bool(found)  # there may be more
        return [(row.pk, row.payload) for row in found if self._lock(row)]

    def _lock(self, row: OrmQ) -> bool:
        """Take the row for ``Q_CLUSTER["retry"]`` seconds; return whether no other cluster has."""
        return bool(self.get_connection().filter(pk=row.pk, lock=row.lock).update(lock=self.timeout(row)))

    def __getstate__(self) -> Any:
        self._lookout = self._bell = self._beat = None
        return super().__getstate__()

    def info(self) -> str:
        return "smallweb: rows of the default database"


def _package(source: str, key: int) -> str:
    name = f"{source} {key}"
    task = {
        "id": name,
        "name": name,
        "func": RUN_WORK,
        "args": (source, key),
        "kwargs": {},
        "started": timezone.now(),
        "save": False,
        "ack_failure": True,
        # The work watches its own calls (core.invoke); django-q2 must not end it in the middle of a write.
        "timeout": -1,
    }
    return str(SignedPackage.dumps(task))
