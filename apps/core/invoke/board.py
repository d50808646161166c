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
_NUMBER = struct.Struct(">Q")
_NUMBER_AT = _HEAD.size + MAX_NOTE_BYTES


class Board:
    """One note of at most MAX_NOTE_BYTES; the host makes the board before it forks the child.

    And the other way: up to which call, counted from 1, the host wants no more of it.
    """

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _NUMBER_AT + _NUMBER.size)
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

    def end_call(self, number: int) -> None:
        """Have the child's call of this number end at the next signal; another one will not."""
        self._memory[_NUMBER_AT:] = _NUMBER.pack(number)

    def ended_call(self) -> int:
        (number,) = _NUMBER.unpack(self._memory[_NUMBER_AT:])
        return int(number)

    def close(self) -> None:
        self._memory.close()


_own: Board | None = None
_call_number = 0


def use_board(board: Board) -> None:
    """The child's side: ``post`` writes there from now on."""
    global _own, _call_number
    _own, _call_number = board, 0


def begin_call() -> None:
    """Count the calls as the host does."""
    global _call_number
    _call_number += 1


def is_ended() -> bool:
    """Whether the host wants no more of the call that runs now."""
    return _own is not None and _own.ended_call() == _call_number


def is_meant() -> bool:
    """Whether a signal to end is for the call that runs now: the one before may just have ended."""
    return _own is None or is_ended()


def post(note: bytes) -> None:
    """Tell the host of the running call; without a host it is told to nobody. Raises ValueError."""
    if _own is not None:
        _own.write(note)
