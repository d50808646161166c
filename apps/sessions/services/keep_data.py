"""The dict that a visitor's apps share is Django's session, less what Django keeps there for itself."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError

logger = logging.getLogger(__name__)


def keep_data(session_key: str, changes: Mapping[str, Any]) -> None:
    """Write the changes of an app into the session; one that has ended keeps nothing."""
    store = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    store.get("", None)
    if store.session_key is None:
        return
    for key, value in changes.get("set", {}).items():
        if not key.startswith("_"):
            store[key] = value
    for key in changes.get("del", ()):
        if not key.startswith("_"):
            store.pop(key, None)
    try:
        store.save(must_create=False)
    except UpdateError:
        logger.info("a session has ended before what an app changed in it was kept")
