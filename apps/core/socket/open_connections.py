"""The open connections: each process knows its own, hears notices about them, and tells who asks."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
import time
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import msgspec

from ..channels.bus.base import Missed, get_bus
from ..channels.hub import get_hub
from ..channels.publications import Outgoing, Publication
from ..exceptions import BusUnavailable
from .notices import ANSWERS, NOTICES, Notice, send
from .pool import in_pool
from .protocol import CloseCode

if TYPE_CHECKING:
    from .connection import Connection

logger = logging.getLogger(__name__)

RETRY_S = 5.0
MAX_TOLD = 1_000
"""So many connections of one process are listed, the oldest ones first."""


class _Answer(msgspec.Struct):
    word: str
    connections: list[dict[str, Any]]


def list_connections(timeout_s: float = 0.5) -> list[dict[str, Any]]:
    """Ask all web processes for their open connections; return what came within the time, oldest first.

    Each is a dict: ``id``, ``kind`` ("websocket" or "events"), ``process``, ``host``, ``address``, ``user``
    (name or None), ``user_id``, ``known_by`` ("session", "token", "user" or "nothing"), ``opened_at`` (Unix
    time), ``subscriptions`` (filters), ``calls`` (running), ``requests`` (so far), ``waiting`` (messages
    for a slow reader), ``missed`` (publications that it was too slow for). Blocks. Raises BusUnavailable.
    """
    word = secrets.token_hex(8)
    tail = get_bus().tail()
    try:
        send(Notice("ask", word))
        ends_at = time.monotonic() + timeout_s
        found: list[dict[str, Any]] = []
        while (left_s := ends_at - time.monotonic()) > 0:
            found += _answers(_read(tail, timeout_s=left_s), word)
    finally:
        tail.close()
    return sorted(found, key=lambda one: float(one["opened_at"]))


def _read(tail: Any, *, timeout_s: float) -> list[Publication]:
    try:
        found: list[Publication] = tail.read(timeout_s=timeout_s)
    except Missed:
        return []
    return found


def _answers(publications: list[Publication], word: str) -> list[dict[str, Any]]:
    given = [
        msgspec.json.decode(bytes(publication.data), type=_Answer)
        for publication in publications
        if publication.channel == ANSWERS
    ]
    return [one for answer in given if answer.word == word for one in answer.connections]


class Board:
    """The open connections of one loop. It follows the notices while there are any."""

    def __init__(self) -> None:
        self.reader = self
        self._open: dict[str, Connection] = {}
        self._following: asyncio.Task[None] | None = None
        self._answering: set[asyncio.Future[None]] = set()

    def add(self, connection: Connection) -> None:
        self._open[connection.id] = connection
        if self._following is None:
            self._following = asyncio.get_running_loop().create_task(self._follow())

    def discard(self, connection: Connection) -> None:
        """Forget it; harmless when it is not there."""
        self._open.pop(connection.id, None)
        if self._open or self._following is None:
            return
        following, self._following = self._following, None
        if following.done():
            get_hub().remove(NOTICES, self)
        else:
            following.cancel()

    def deliver(self, publication: Publication, frame: str) -> bool:
        notice = msgspec.json.decode(bytes(publication.data), type=Notice)
        if notice.about == "ask":
            self._answer(notice.name)
            return True
        for connection in list(self._open.values()):
            _take(notice, connection)
        return True

    def missed(self) -> None:
        """Nobody knows what was said: look at everyone again."""
        for connection in list(self._open.values()):
            connection.look_at_session()

    async def reconsider(self) -> None:
        """Nothing to do: no client says or hears these notices."""

    async def _follow(self) -> None:
        while True:
            try:
                await get_hub().add(NOTICES, self)
            except BusUnavailable as error:
                logger.warning("Notices are not heard, sessions are looked at now and then: %s", error)
                await asyncio.sleep(RETRY_S)
            else:
                return

    def _answer(self, word: str) -> None:
        first = sorted(self._open.values(), key=lambda one: one.opened_at)[:MAX_TOLD]
        answer = _Answer(word, [connection.snapshot() | _place() for connection in first])
        message = Outgoing(ANSWERS, msgspec.json.encode(answer, enc_hook=str))
        answering = asyncio.ensure_future(_publish(message))
        self._answering.add(answering)
        answering.add_done_callback(self._answering.discard)


def _take(notice: Notice, connection: Connection) -> None:
    rights = connection.rights
    if notice.about == "connection" and connection.id == notice.name:
        connection.close(CloseCode.KICKED)
    elif notice.about == "session" and rights.session_name == notice.name:
        connection.close(CloseCode.SESSION_ENDED)
    elif (notice.about == "user" and str(rights.user_id) == notice.name) or (
        notice.about == "token" and str(rights.token_id) == notice.name
    ):
        connection.look_at_session()


async def _publish(message: Outgoing) -> None:
    try:
        await in_pool(lambda: get_bus().publish([message]))
    except BusUnavailable as error:
        logger.warning("The open connections could not be told: %s", error)


def _place() -> dict[str, Any]:
    return {"process": os.getpid(), "host": socket.gethostname()}


_boards: WeakKeyDictionary[asyncio.AbstractEventLoop, Board] = WeakKeyDictionary()


def get_board() -> Board:
    """Return the board of the running loop."""
    loop = asyncio.get_running_loop()
    board = _boards.get(loop)
    if board is None:
        board = _boards[loop] = Board()
    return board
