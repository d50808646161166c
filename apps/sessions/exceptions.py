"""What can be wrong with apps and their sessions."""

from __future__ import annotations

from ..core.exceptions import SmallwebError


class CannotHost(SmallwebError):
    """An app cannot be hosted as the code asks."""

    code = "cannot_host"


class AppNotReady(SmallwebError):
    """The app could not be imported, or its process not be started."""

    code = "app_not_ready"


class NoRoom(SmallwebError):
    """As many sessions run as may; ``scope`` is ``visitor``, ``address``, ``app`` or ``machine``."""

    code = "no_room"

    def __init__(self, scope: str, most: int) -> None:
        super().__init__(f"{most} sessions may run for each {scope}, and all of them are in use.")
        self.scope = scope
        self.most = most


class SessionGone(SmallwebError):
    """The session has ended, or never was this visitor's."""

    code = "session_gone"


class SessionAbsent(SessionGone):
    """Nobody listens where the session should be; nothing was asked of it."""


class SessionStuck(SessionGone):
    """The session did not answer in time."""

    code = "session_stuck"


class NoHost(SmallwebError):
    """The app host does not run and could not be started."""

    code = "no_host"


class SealBroken(SmallwebError):
    """What came for a session in parano mode was not encrypted, or not by its page, or has come before."""

    code = "seal_broken"
