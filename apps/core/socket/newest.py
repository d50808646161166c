"""The newest value of each channel that waits for room in a connection's queue."""

from __future__ import annotations


class Newest:
    """Frames by channel, the channel that waits longest first. Bounded: ``put`` refuses what is too much."""

    def __init__(self, *, max_channels: int, max_bytes: int) -> None:
        self._max_channels = max_channels
        self._max_bytes = max_bytes
        self.frames: dict[str, str] = {}
        self._bytes = 0

    def put(self, channel: str, frame: str) -> bool:
        """Keep the frame in place of the channel's older one, which is dropped in any case."""
        older = self.frames.get(channel)
        growth = len(frame) - (0 if older is None else len(older))
        is_too_much = self._bytes + growth > self._max_bytes or (
            older is None and len(self.frames) >= self._max_channels
        )
        if is_too_much:
            self._bytes -= len(self.frames.pop(channel, ""))
            return False
        self.frames[channel] = frame
        self._bytes += growth
        return True

    def next_size(self) -> int:
        return len(next(iter(self.frames.values())))

    def pop(self) -> str:
        channel = next(iter(self.frames))
        frame = self.frames.pop(channel)
        self._bytes -= len(frame)
        return frame

    def clear(self) -> None:
        self.frames.clear()
        self._bytes = 0
