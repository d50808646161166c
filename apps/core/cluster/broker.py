"""The django-q2 broker whose queue is the apps' own rows; ``Q_CLUSTER["broker_class"]``.

django-q2 stays the carrier: its pusher calls ``dequeue``, its workers run ``run_work``. Tasks that the
site's own code starts with ``django_q.tasks.async_task`` go through django-q2's ORM queue as ever.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from django.db import close_old_connections
from django.utils import timezone
from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q.signing import SignedPackage

from ..doorbell import Doorbell, ring
from .lookout import Lookout
from .work import BELL

logger = logging.getLogger(__name__)

RETRY_S = 1.0
RUN_WORK = "smallweb.core.tasks.run_work"


class WorkBroker(ORM):  # type: ignore[misc]
    """At least once: a hint is nothing but a reason to look; the claim is made by the worker."""

    # How many hints wait for a worker; the sentinel gives it.
    waiting: Callable[[], int] = staticmethod(lambda: 0)
    _lookout: Lookout | None = None
    _bell: Doorbell | None = None

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
        if self._lookout is None or self._bell is None:
            self._lookout, self._bell = Lookout(), Doorbell(BELL)
        now = timezone.now()
        self._bell.clear()
        # Never more than the queue takes: a pusher that waits there looks after nothing.
        room = Conf.QUEUE_LIMIT - self.waiting()
        found = self._lookout.look(now, limit=room)
        hints = [(None, _package(source, key)) for source, key in found]
        queued = super().dequeue() if room > len(hints) and self._has_queued() else None
        if hints or queued:
            return hints + (queued or [])
        self._bell.wait(self._lookout.pause_s(now))
        return None

    def enqueue(self, task: str) -> Any:
        """Queue a task of the site's own and wake the workers."""
        key = super().enqueue(task)
        ring(BELL)
        return key

    def _has_queued(self) -> bool:
        return bool(self.get_connection().filter(key=self.list_key, lock__lt=timezone.now()).exists())

    def __getstate__(self) -> Any:
        self._lookout = self._bell = None
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
