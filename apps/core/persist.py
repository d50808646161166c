"""Writes that must not be lost because the database cannot be reached for a while."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

R = TypeVar("R")

logger = logging.getLogger(__name__)

_FIRST_PAUSE_S = 0.1
_MAX_PAUSE_S = 2.0


def insist(write: Callable[[], R], *, give_up: Callable[[], bool] = lambda: False) -> R:
    """Call ``write``, a whole transaction, until the database takes it; return what it returns.

    A locked, full, restarting or unreachable database is tried again, over a new connection, with pauses
    of up to two seconds, until ``give_up`` says otherwise; then its error leaves here, as does every other.
    ``write`` must bear being called again after a commit of which nobody heard.
    """
    pause_s = _FIRST_PAUSE_S
    while True:
        try:
            return write()
        except (OperationalError, InterfaceError) as error:
            if connection.in_atomic_block or not _may_pass(error) or give_up():
                raise
            if pause_s == _FIRST_PAUSE_S:
                logger.warning("the database did not take a write, trying until it does: %s", error)
            connection.close()
            time.sleep(pause_s)
            pause_s = min(pause_s * 2, _MAX_PAUSE_S)


def _may_pass(error: Exception) -> bool:
    """Whether waiting may help; SQLite raises the same for a table that is missing."""
    code = getattr(error.__cause__, "sqlite_errorcode", None)
    return code is None or code & 0xFF != sqlite3.SQLITE_ERROR
