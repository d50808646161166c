"""Each process tree of workers keeps a row that says it lives: one small write every few seconds."""

from __future__ import annotations

import logging
import os
import socket
import uuid
from datetime import datetime, timedelta

from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone
from django_q.conf import Conf

from ... import __version__
from ..exceptions import SmallwebError
from ..executions.tell import announce
from ..models import Cluster
from ..models.cluster import BEAT_S
from ..patience import waiting_at_most
from ..processes import PROCESS_TREE
from ..write_turn import write_turn
from .slots import count_workers

logger = logging.getLogger(__name__)

KEPT_S = 86_400.0
_PRUNE_EVERY_S = 3600.0
_LEAVE_WITHIN_S = 2.0
# This module is first imported by the main process, which forks the others.
_MAIN_PID = os.getpid()
_STARTED_AT = timezone.now()


class Beat:
    """Lists this process tree, and says again and again that it lives. Belongs to the pusher."""

    def __init__(self) -> None:
        self._tried_at: datetime | None = None
        self._pruned_at: datetime | None = None
        self._is_failing = False

    def beat(self, now: datetime) -> None:
        """Renew ``seen_at`` when BEAT_S have passed. Never raises: a database that is away is tried later."""
        if _is_recent(self._tried_at, now, BEAT_S):
            return
        self._tried_at = now
        try:
            with write_turn():
                self._write(now)
        except (DatabaseError, InterfaceError, SmallwebError, OSError) as error:
            level = logging.DEBUG if self._is_failing else logging.WARNING
            logger.log(level, "cluster=%s cannot say that it lives: %s", PROCESS_TREE, error)
            self._is_failing = True
            connection.close()
        else:
            self._is_failing = False

    def _write(self, now: datetime) -> None:
        is_listed = self._pruned_at is not None
        if not (is_listed and Cluster.objects.filter(pk=PROCESS_TREE).update(seen_at=now)):
            Cluster.objects.update_or_create(pk=PROCESS_TREE, defaults=_described(now))
            announce(always=True)
        if not _is_recent(self._pruned_at, now, _PRUNE_EVERY_S):
            Cluster.objects.filter(seen_at__lt=now - timedelta(seconds=KEPT_S)).delete()
            self._pruned_at = now


def leave(tree: uuid.UUID = PROCESS_TREE) -> None:
    """Take the process tree from the list: it has been stopped, or is dead. Never raises."""
    try:
        with waiting_at_most(_LEAVE_WITHIN_S):
            Cluster.objects.filter(pk=tree).delete()
        announce(always=True)
    except (DatabaseError, InterfaceError) as error:
        logger.warning("cluster=%s stays in the list until it counts as gone: %s", tree, error)


def _described(now: datetime) -> dict[str, object]:
    return {
        "name": os.environ.get("Q_CLUSTER_NAME") or Conf.CLUSTER_NAME,
        "host": socket.gethostname(),
        "pid": _MAIN_PID,
        "workers": count_workers(),
        "version": __version__,
        "started_at": _STARTED_AT,
        "seen_at": now,
    }


def _is_recent(at: datetime | None, now: datetime, seconds: float) -> bool:
    """A moment that lies ahead is none: the clock has been set back."""
    return at is not None and timedelta() <= now - at < timedelta(seconds=seconds)
