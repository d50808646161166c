"""Where a stream of events stands, in the ``id`` of its events: what Last-Event-ID brings back."""

from __future__ import annotations

import base64
import binascii

import msgspec

from ..channels.publications import Position

MAX_CHARS = 4_096
"""Longer ones would not pass as a header everywhere."""

UNKNOWN = "-"
_MAX_CHANNELS = 1_000

_decoder = msgspec.msgpack.Decoder(dict[str, tuple[str, int]])


class Positions:
    """The last offset of each channel that the stream has told of."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, int]] = {}
        self._is_whole = True

    def lose(self) -> None:
        """Be unknown from now on."""
        self._is_whole = False
        self._known.clear()

    def start(self, channel: str, position: Position) -> None:
        """Note where a channel stands, unless the stream has told more of it."""
        self._known.setdefault(channel, (position.epoch, position.offset))

    def move(self, channel: str, position: Position) -> bool:
        """Note a publication that is told now; False when it was told before."""
        epoch, offset = self._known.get(channel, ("", 0))
        if epoch == position.epoch and offset >= position.offset:
            return False
        if self._is_whole:
            self._known[channel] = (position.epoch, position.offset)
            if len(self._known) > _MAX_CHANNELS:
                self.lose()
        return True

    def text(self) -> str:
        """Return them as an id; UNKNOWN for too many."""
        if not self._is_whole:
            return UNKNOWN
        text = base64.urlsafe_b64encode(msgspec.msgpack.encode(self._known)).rstrip(b"=").decode()
        return text if len(text) <= MAX_CHARS else UNKNOWN


def read_positions(text: str) -> dict[str, Position] | None:
    """Return what an id says; None for UNKNOWN and for what is none."""
    if len(text) > MAX_CHARS:
        return None
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        found = _decoder.decode(data)
    except (binascii.Error, msgspec.DecodeError, ValueError, UnicodeDecodeError):
        return None
    return {channel: Position(epoch, offset) for channel, (epoch, offset) in found.items()}
