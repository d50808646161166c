"""What happens to a visitor's sessions when the login ends."""

from __future__ import annotations

import logging
from typing import Any

from django.contrib.auth.signals import user_logged_out

from .exceptions import NoHost
from .services.host_link import ask_running_host
from .services.visitor import owner_of

logger = logging.getLogger(__name__)


def end_with_login() -> None:
    """End the sessions of a login when it is logged out."""
    user_logged_out.connect(_end_sessions, dispatch_uid="smallweb.sessions")


def _end_sessions(*, request: Any, user: Any, **kwargs: Any) -> None:
    key = getattr(getattr(request, "session", None), "session_key", None)
    if user is None or key is None:
        return
    try:
        ask_running_host("end", owner=owner_of(key, user), reason="logged out")
    except NoHost as error:
        logger.warning("user=%s sessions could not be ended at logout: %s", user.pk, error)
