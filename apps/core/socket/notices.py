"""What all web processes of the site are told of their open connections, over the bus."""

from __future__ import annotations

import logging
from typing import Literal

import msgspec

from ..channels.bus.base import get_bus
from ..channels.publications import Outgoing
from ..exceptions import BusUnavailable
from .rights import session_name

logger = logging.getLogger(__name__)

NOTICES = "$connections/notices"
ANSWERS = "$connections/answers"
# No namespace can have these names, so no client hears or says anything there.

About = Literal["session", "user", "token", "connection", "ask"]


class Notice(msgspec.Struct, frozen=True):
    """``session`` (by its name) has ended; ``user`` and ``token`` (by primary key) are to be looked at
    again; ``connection`` (by id) is to be closed; ``ask``: who is there? Answer with this word.
    """

    about: About
    name: str


def session_ended(key: str | None) -> None:
    """Close the connections of the session with this key; for code that flushes sessions without a logout."""
    tell(Notice("session", session_name(key)))


def user_changed(pk: object) -> None:
    """Close the connections that the user may no longer have, and end what they may no longer hear."""
    tell(Notice("user", str(pk)))


def token_changed(pk: object) -> None:
    """Close the connections that were opened with the token, if it is no longer good."""
    tell(Notice("token", str(pk)))


def kick(connection_id: str) -> None:
    """Close one connection, in whichever process it is; its client hears 4403. Raises BusUnavailable."""
    send(Notice("connection", connection_id))


def tell(notice: Notice) -> None:
    """Send it; without a bus the connections notice by themselves, by their regular look."""
    try:
        send(notice)
    except BusUnavailable as error:
        logger.warning("about=%s could not be told to the web processes: %s", notice.about, error)


def send(notice: Notice) -> None:
    get_bus().publish([Outgoing(NOTICES, msgspec.json.encode(notice))])
