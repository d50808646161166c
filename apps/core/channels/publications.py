"""What travels: a publication, its place in its channel, and what a subscriber gets back."""

from __future__ import annotations

from typing import Annotated

import msgspec


class Position(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A place in one channel. Offsets are 1, 2, 3… within an epoch; a store that lost or forgot its
    count starts a new epoch. A channel that never spoke stands at ``("", 0)``.
    """

    epoch: str
    offset: Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class Publication(msgspec.Struct, frozen=True):
    """One value on one channel; ``data`` is JSON as published, ``at`` is Unix time in seconds."""

    channel: str
    data: msgspec.Raw
    offset: int
    epoch: str
    at: float


class Outgoing(msgspec.Struct, frozen=True):
    """A value on its way to the bus, with what its namespace keeps of it."""

    channel: str
    data: bytes
    retain: bool = False
    history_size: int = 0
    history_age_s: float = 0.0


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """Where a channel stands, and what came after a given position.

    ``recovered`` says that ``publications`` are all of them; otherwise there are none.
    """

    position: Position
    recovered: bool = False
    publications: list[Publication] = []
    retained: Publication | None = None
