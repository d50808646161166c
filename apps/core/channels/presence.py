"""Who listens to which channel, put together from the parts of all processes.

Each process keeps its part of each channel as a retained value at ``$presence/<channel>/<process>``, and
says every BEAT_S seconds at ``$beat/<process>`` that it lives. What a process leaves that says nothing
for GONE_S does not count any more, and is taken away by the others.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from .bus.base import Bus
from .publications import Outgoing, Publication

BEAT_S = 5.0
GONE_S = 20.0
PREFIX = "$presence/"
BEAT = "$beat/"


class Client(msgspec.Struct, frozen=True):
    """One socket: its id, and the name of its user, None for a visitor."""

    client: str
    user: str | None


class Change(NamedTuple):
    channel: str
    has_joined: bool
    client: Client


_clients = msgspec.json.Decoder(list[Client])


def part_message(channel: str, process: str, clients: Iterable[Client]) -> Outgoing:
    """Return what tells of a process's listeners; of none, it is not retained and ``clear`` must follow."""
    told = list(clients)
    return Outgoing(part_name(channel, process), msgspec.json.encode(told), retain=bool(told))


def part_name(channel: str, process: str) -> str:
    return f"{PREFIX}{channel}/{process}"


def beat_message(process: str) -> Outgoing:
    return Outgoing(BEAT + process, b"null", retain=True)


def present_on(bus: Bus, channel: str) -> list[Client]:
    """Return who listens to the channel by its name, in all processes that live."""
    parts = bus.retained(f"{PREFIX}{channel}/+")
    if not parts:
        return []
    alive = alive_processes(bus.retained(f"{BEAT}+"), now=time.time())
    return [client for part in parts if _place(part)[1] in alive for client in _clients.decode(part.data)]


def alive_processes(beats: Iterable[Publication], *, now: float) -> set[str]:
    return {beat.channel.removeprefix(BEAT) for beat in beats if beat.at >= now - GONE_S}


def sweep(bus: Bus, dead: set[str]) -> None:
    """Take away what these processes left, and tell those who watch."""
    left = [_place(part) for part in bus.retained(f"{PREFIX}#")]
    gone = [(channel, process) for channel, process in left if process in dead]
    withdraw(bus, gone)
    for process in dead:
        bus.clear(BEAT + process)


def withdraw(bus: Bus, parts: Iterable[tuple[str, str]]) -> None:
    """Say of these (channel, process) that nobody listens there."""
    messages = [part_message(channel, process, ()) for channel, process in parts]
    if messages:
        bus.publish(messages)
    for message in messages:
        bus.clear(message.channel)


class Board:
    """The parts of all processes as one follower knows them. Every part is whole, so the last one counts."""

    def __init__(self) -> None:
        self._parts: dict[str, dict[str, Client]] = {}
        self._seen: dict[str, tuple[str, int]] = {}

    def take(self, part: Publication) -> list[Change]:
        """Take over one part; return who came and who went. A part older than the known one says nothing."""
        epoch, offset = self._seen.get(part.channel, ("", 0))
        if part.epoch == epoch and part.offset <= offset:
            return []
        self._seen[part.channel] = (part.epoch, part.offset)
        return self._put(part.channel, _clients.decode(part.data))

    def replace(self, parts: Iterable[Publication]) -> list[Change]:
        """Take over all parts there are; of those that are not among them nobody is left."""
        parts = list(parts)
        gone = self._parts.keys() - {part.channel for part in parts}
        changes = [change for name in gone for change in self._put(name, [])]
        return changes + [change for part in parts for change in self.take(part)]

    def _put(self, name: str, clients: list[Client]) -> list[Change]:
        channel, _ = _split(name)
        before = self._parts.pop(name, {})
        after = {client.client: client for client in clients}
        if after:
            self._parts[name] = after
        else:
            self._seen.pop(name, None)
        came = [Change(channel, True, client) for key, client in after.items() if key not in before]
        return came + [Change(channel, False, client) for key, client in before.items() if key not in after]


def _place(part: Publication) -> tuple[str, str]:
    return _split(part.channel)


def _split(name: str) -> tuple[str, str]:
    channel, _, process = name.removeprefix(PREFIX).rpartition("/")
    return channel, process
