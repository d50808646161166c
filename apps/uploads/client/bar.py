"""Progress for people: one line that moves on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import shutil
import time
from collections import deque
from typing import TextIO

from .upload_file import Progress

_REDRAW_S = 0.1
_LINE_S = 5.0
_WINDOW_S = 8.0


class Bar:
    """Draws what ``upload_file`` tells of one file; ``end`` leaves the cursor at the beginning of a line."""

    def __init__(self, name: str, out: TextIO) -> None:
        self._name = name
        self._out = out
        self._is_terminal = out.isatty()
        self._told_at = float("-inf")
        self._samples: deque[tuple[float, int]] = deque()

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        self._samples.append((now, progress.sent))
        while len(self._samples) > 2 and now - self._samples[0][0] > _WINDOW_S:
            self._samples.popleft()
        is_due = now - self._told_at >= (_REDRAW_S if self._is_terminal else _LINE_S)
        if is_due or progress.trouble or progress.sent == progress.size:
            self._told_at = now
            self._draw(progress)

    def end(self) -> None:
        if self._is_terminal and self._told_at > 0:
            self._out.write("\n")
            self._out.flush()

    def _draw(self, progress: Progress) -> None:
        line = line_of(self._name, progress, speed=self._speed())
        if self._is_terminal:
            width = shutil.get_terminal_size().columns - 1
            self._out.write(f"\r{line[:width]:{width}}")
        else:
            self._out.write(f"{line}\n")
        self._out.flush()

    def _speed(self) -> float:
        (first_at, first), (last_at, last) = self._samples[0], self._samples[-1]
        return max(0.0, (last - first) / (last_at - first_at)) if last_at > first_at else 0.0


def line_of(name: str, progress: Progress, *, speed: float) -> str:
    """Return what is shown, like ``cat.png  42 %  1.2 MiB of 2.9 MiB  0.8 MiB/s  3 s left``."""
    percent = 100 * progress.sent // progress.size if progress.size else 100
    parts = [name, f"{percent} %", f"{size_text(progress.sent)} of {size_text(progress.size)}"]
    if progress.trouble:
        return "  ".join([*parts, f"trying again: {progress.trouble}"])
    if speed:
        parts += [f"{size_text(speed)}/s", f"{time_text((progress.size - progress.sent) / speed)} left"]
    return "  ".join(parts)


def size_text(size: float) -> str:
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"


def time_text(seconds: float) -> str:
    minutes, rest = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
