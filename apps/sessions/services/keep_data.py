"""The dict that a visitor's apps share is Django's session, less what Django keeps there for itself."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import router, transaction

logger = logging.getLogger(__name__)


def keep_data(session_key: str, changes: Mapping[str, Any], *, loaded: Any = None) -> None:
    """Write the changes of an app into the session; one that has ended keeps nothing.

    Two that do so at once keep both: one waits for the other, in this process, and in the database if that is
    where sessions are. ``loaded`` is the session of a request that still runs: it is changed in the same way,
    lest Django save it as it was.
    """
    store = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    with _locks[hash(session_key) % len(_locks)], _alone(store, session_key):
        store.get("", None)
        if store.session_key is None:
            return
        _change(store._session, changes)
        try:
            store.save(must_create=False)
        except UpdateError:
            logger.info("a session has ended before what an app changed in it was kept")
    if loaded is not None:
        _change(loaded._session, changes)


def _change(data: dict[str, Any], changes: Mapping[str, Any]) -> None:
    for key, value in changes.get("set", {}).items():
        if not key.startswith("_"):
            data[key] = value
    for key in changes.get("del", ()):
        if not key.startswith("_"):
            data.pop(key, None)


@contextmanager
def _alone(store: Any, session_key: str) -> Iterator[None]:
    if not isinstance(store, DatabaseStore):
        yield
        return
    rows = store.get_model_class().objects
    with transaction.atomic(using=router.db_for_write(rows.model)):
        rows.select_for_update().filter(session_key=session_key).first()
        yield


_locks = [threading.Lock() for _ in range(64)]
