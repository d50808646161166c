"""Progress for people."""

from __future__ import annotations

import io

import pytest

from smallweb.uploads.client import Progress
from smallweb.uploads.client.bar import Bar, line_of, size_text, time_text

pytestmark = pytest.mark.once


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_line_says_how_far_it_is() -> None:
    told = Progress(512 * 1024, 2**20)
    assert line_of("a.png", told, speed=0) == "a.png  50 %  512.0 KiB of 1.0 MiB"
    assert line_of("a.png", told, speed=1024 * 64) == (
        "a.png  50 %  512.0 KiB of 1.0 MiB  64.0 KiB/s  8 s left"
    )
    assert line_of("a.png", Progress(0, 0), speed=0) == "a.png  100 %  0 bytes of 0 bytes"
    assert line_of("a", Progress(0, 9, "No answer."), speed=5).endswith("trying again: No answer.")


def test_sizes_and_times_have_units() -> None:
    assert [size_text(size) for size in (7, 1536, 3 * 2**30, 5 * 2**40)] == [
        "7 bytes", "1.5 KiB", "3.0 GiB", "5.0 TiB",
    ]  # fmt: skip
    assert [time_text(seconds) for seconds in (7.4, 61, 3700)] == ["7 s", "1 min 1 s", "1 h 1 min"]


def test_a_terminal_has_one_line_that_moves() -> None:
    terminal = Terminal()
    bar = Bar("a", terminal)
    for sent in (0, 1, 2):
        bar(Progress(sent, 2))
    bar.end()
    assert terminal.getvalue().count("\n") == 1
    assert terminal.getvalue().count("\r") == 2


def test_elsewhere_lines_come_now_and_then() -> None:
    out = io.StringIO()
    bar = Bar("a", out)
    for sent in range(100):
        bar(Progress(sent, 99))
    bar.end()
    assert out.getvalue().splitlines()[0] == "a  0 %  0 bytes of 99 bytes"
    assert len(out.getvalue().splitlines()) == 2
