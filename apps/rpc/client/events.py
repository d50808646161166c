"""What a subscription yields."""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class Position(msgspec.Struct, frozen=True):
    """A place in one channel: the offset counts its publications within an epoch."""

    epoch: str
    offset: int


class Event(msgspec.Struct, frozen=True):
    """One publication; ``is_retained`` says that it is the last value from before, not news."""

    channel: str
    data: Any
    offset: int
    epoch: str
    is_retained: bool = False

    @property
    def position(self) -> Position:
        return Position(self.epoch, self.offset)


class Gap(msgspec.Struct, frozen=True):
    """Publications of this channel (or filter) before what follows are lost for good."""

    channel: str


class Presence(msgspec.Struct, frozen=True):
    """A client joined or left; ``user`` is None for a visitor."""

    channel: str
    action: Literal["join", "leave"]
    client: str
    user: str | None


Item = Event | Gap | Presence
