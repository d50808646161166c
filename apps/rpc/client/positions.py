"""How far one subscription has heard each channel; no I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from ...core.channels.topics import is_filter, matches
from .events import Event, Gap, Position

MOST_POSITIONS = 1_000

NOWHERE = Position("", 0)
"""Where a channel stands that never spoke."""

Since = Position | Mapping[str, Any]


class Positions:
    """``since`` is where another subscription stopped: a position, or for a filter positions by channel."""

    def __init__(self, filter_: str, since: Since | None = None) -> None:
        self.filter = filter_
        self.is_filter = is_filter(filter_)
        self.seen = {} if since is None else self._by_channel(since)
        self.is_resumed = since is not None

    def names(self, channel: str) -> bool:
        """Whether a channel is this one, or one of the filter's."""
        return matches(self.filter, channel) if self.is_filter else channel == self.filter

    def since(self) -> Any:
        """Return what to ask with; None at the very first time."""
        if not self.is_resumed:
            return None
        return self.seen if self.is_filter else self.seen.get(self.filter, NOWHERE)

    def shorten(self) -> Iterator[Gap]:
        """Forget all if there is too much of it for one request."""
        if len(self.seen) > MOST_POSITIONS:
            self.seen.clear()
            yield Gap(self.filter)

    def take(self, answer: Mapping[str, Any]) -> list[Event | Gap]:
        """Return what the server's answer adds: what was missed, a gap, a retained value."""
        told = answer["channels"] if self.is_filter else {self.filter: answer}
        items = [item for channel, part in told.items() for item in self._take_channel(channel, part)]
        self.is_resumed = True
        return items

    def give(self, event: Event) -> bool:
        """Note an event; False if it was seen already."""
        if self._is_seen(event.channel, event.position):
            return False
        self.seen[event.channel] = event.position
        return True

    def _take_channel(self, channel: str, part: Mapping[str, Any]) -> Iterator[Event | Gap]:
        told = Position(part["epoch"], part["offset"])
        if self.seen.get(channel) == told:
            return
        for publication in part["publications"]:
            event = event_of(publication)
            if self.give(event):
                yield event
        if self.is_resumed and not part["recovered"]:
            yield Gap(channel)
        if part["retained"]:
            event = event_of(part["retained"], is_retained=True)
            if self.give(event):
                yield event
        self.seen[channel] = told

    def _is_seen(self, channel: str, position: Position) -> bool:
        seen = self.seen.get(channel)
        return seen is not None and seen.epoch == position.epoch and position.offset <= seen.offset

    def _by_channel(self, since: Since) -> dict[str, Position]:
        if isinstance(since, Position) or set(since) == {"epoch", "offset"}:
            if self.is_filter:
                raise ValueError(
                    f"{self.filter!r} is a filter: 'since' must hold a position for each channel."
                )
            since = {self.filter: since}
        return msgspec.convert(dict(since), dict[str, Position], from_attributes=True)


def event_of(publication: Mapping[str, Any], *, is_retained: bool = False) -> Event:
    """Return the event that the server's publication is."""
    return Event(
        channel=publication["channel"],
        data=publication["data"],
        offset=publication["offset"],
        epoch=publication["epoch"],
        is_retained=is_retained,
    )
