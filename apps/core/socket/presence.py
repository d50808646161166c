"""``rpc.presence``: who else listens, and who comes and goes."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from ..channels.bus.base import get_bus
from ..channels.namespaces import namespaces
from ..channels.presence import (
    BEAT,
    BEAT_S,
    Client,
    alive_processes,
    beat_message,
    part_message,
    sweep,
    withdraw,
)
from ..channels.publications import Outgoing
from ..exceptions import BusUnavailable
from .presence_watch import PresenceWatch

if TYPE_CHECKING:
    from .connection import Connection

logger = logging.getLogger(__name__)

SOON_S = 0.02
"""Comings and goings of so long are told together."""


class Presence:
    """This process's part: who of its sockets listens to a channel by its name, where a namespace's
    ``presence`` rule wants that known. Without such a namespace nothing is done.
    """

    def __init__(self) -> None:
        self.process = secrets.token_hex(8)
        self.watch = PresenceWatch()
        self._here: dict[str, dict[Connection, Client]] = {}
        self._doubtful: set[tuple[Connection, str]] = set()
        self._told: set[str] = set()
        """Channels of which the bus holds a part of ours."""
        self._unsaid: set[str] = set()
        self._saying = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._beat: asyncio.Task[None] | None = None

    def reconsider(self, connection: Connection, channel: str) -> None:
        """Look soon whether the connection listens to the channel; harmless when nothing has changed."""
        if channel not in self._here and not _is_shown(channel):
            return
        self._doubtful.add((connection, channel))
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._tell_soon())

    async def told(self) -> None:
        """Return when what this process knows has been said."""
        while self._task is not None:
            await asyncio.shield(self._task)

    async def _tell_soon(self) -> None:
        try:
            await asyncio.sleep(SOON_S)
            while self._doubtful:
                self._decide()
                async with self._saying:
                    await self._say(is_all=False)
        finally:
            self._task = None
            self._keep_beating()

    def _decide(self) -> None:
        doubtful, self._doubtful = self._doubtful, set()
        for connection, channel in doubtful:
            listeners = self._here.setdefault(channel, {})
            is_here = _is_shown(channel) and channel in connection.subscriptions and not connection.is_closed
            if is_here != (connection in listeners):
                self._unsaid.add(channel)
                if is_here:
                    listeners[connection] = _client(connection)
                else:
                    del listeners[connection]
            if not listeners:
                del self._here[channel]

    async def _say(self, *, is_all: bool) -> None:
        """Tell the bus of the channels where something has changed, or of all; what fails is told later."""
        unsaid, self._unsaid = self._unsaid, set()
        here = {channel: list(self._here[channel].values()) for channel in self._here}
        gone = [channel for channel in unsaid if channel not in here and channel in self._told]
        said = [channel for channel in here if is_all or channel in unsaid]
        if not said and not gone:
            return
        messages = [part_message(channel, self.process, here[channel]) for channel in said]
        try:
            await asyncio.to_thread(self._publish, messages, gone)
        except BusUnavailable as error:
            logger.warning("Who listens is told later: %s", error)
            self._unsaid |= unsaid
        else:
            self._told = (self._told | set(said)) - set(gone)

    def _publish(self, messages: list[Outgoing], gone: list[str]) -> None:
        bus = get_bus()
        if messages:
            bus.publish([beat_message(self.process), *messages])
        withdraw(bus, [(channel, self.process) for channel in gone])

    def _keep_beating(self) -> None:
        is_needed = bool(self._here or self._unsaid or self.watch)
        if is_needed and self._beat is None:
            self._beat = asyncio.get_running_loop().create_task(self._beat_on())

    async def _beat_on(self) -> None:
        try:
            while self._here or self._unsaid or self.watch:
                await asyncio.sleep(BEAT_S)
                async with self._saying:
                    await self._beat_once()
        finally:
            self._beat = None

    async def _beat_once(self) -> None:
        try:
            is_forgotten = await asyncio.to_thread(self._beat_and_sweep, bool(self._here))
        except BusUnavailable as error:
            logger.warning("Who listens cannot be told: %s", error)
            return
        await self._say(is_all=is_forgotten)

    def _beat_and_sweep(self, is_here: bool) -> bool:
        """Say that this process lives, clean up after dead ones; return whether it was taken for dead."""
        bus = get_bus()
        beats = bus.retained(f"{BEAT}+")
        known = {beat.channel.removeprefix(BEAT) for beat in beats}
        if is_here:
            bus.publish([beat_message(self.process)])
        elif self.process in known:
            bus.clear(BEAT + self.process)
        dead = known - alive_processes(beats, now=time.time()) - {self.process}
        if dead:
            sweep(bus, dead)
        return self.process not in known


def _is_shown(channel: str) -> bool:
    namespace = namespaces.find(channel.partition("/")[0])
    return namespace is not None and namespace.rule("presence") is not None


def _client(connection: Connection) -> Client:
    user = connection.rights.actor.user
    return Client(connection.id, user.get_username() if user.is_authenticated else None)


_presences: WeakKeyDictionary[asyncio.AbstractEventLoop, Presence] = WeakKeyDictionary()


def get_presence() -> Presence:
    """Return the presence of the running loop's sockets."""
    loop = asyncio.get_running_loop()
    presence = _presences.get(loop)
    if presence is None:
        presence = _presences[loop] = Presence()
    return presence
