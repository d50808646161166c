"""What a running call tells its host about itself, in memory that both share.

A message would make a fast loop wait for the host, and the host read what is old by then: of progress
only the newest counts. A write costs some microseconds, whether anybody looks or not.
"""

from __future__ import annotations

import mmap
import struct
import zlib

MAX_NOTE_BYTES = 16 * 2**10
_HEAD = struct.Struct(">II")  # length and checksum: a note that is just being written is not read
_EMPTY = _HEAD.pack(0, 0)


class Board:
    """One note of at most MAX_NOTE_BYTES; the host makes the board before it forks the child."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _HEAD.size + MAX_NOTE_BYTES)
        self._seen = b""

    def write(self, note: bytes) -> None:
        """Put the note in place of the last. Raises ValueError if it is too long."""
        if len(note) > MAX_NOTE_BYTES:
            raise ValueError(f"it has {len(note)} bytes; {MAX_NOTE_BYTES} are taken")
        self._memory[_HEAD.size : _HEAD.size + len(note)] = note
        self._memory[: _HEAD.size] = _HEAD.pack(len(note), zlib.crc32(note))

    def news(self) -> bytes | None:
        """Return the note if it is another than at the last look, and whole."""
        head = self._memory[: _HEAD.size]
        if head == self._seen or head == _EMPTY:
            return None
        length, checksum = _HEAD.unpack(head)
        note = self._memory[_HEAD.size : _HEAD.size + min(length, MAX_NOTE_BYTES)]
        if zlib.crc32(note) != checksum:
            return None
        self._seen = head
        return note

    def clear(self) -> None:
        """Wipe the board before the next call."""
        self._memory[: _HEAD.size] = _EMPTY
        self._seen = b""

    def close(self) -> None:
        self._memory.close()


_own: Board | None = None


def use_board(board: Board) -> None:
    """The child's side: ``post`` writes there from now on."""
    global _own
    _own = board


def post(note: bytes) -> None:
    """Tell the host of the running call; without a host it is told to nobody. Raises ValueError."""
    if _own is not None:
        _own.write(note)
