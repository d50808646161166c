from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from smallweb.core.admin import (
    block,
    clock_text,
    moment_cell,
    relative_time,
    state_cell,
    table,
)
from smallweb.core.models import State

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "now"), (0.4, "now"), (1, "in 1 s"), (-59, "59 s ago"), (89, "in 89 s"), (90, "in 2 min"),
        (-3600, "60 min ago"), (5400, "in 2 h"), (129_600, "in 2 d"), (-864_000, "10 d ago"),
    ],
)  # fmt: skip
def test_a_moment_is_told_in_one_unit(seconds: float, words: str) -> None:
    assert relative_time(NOW + timedelta(seconds=seconds), NOW) == words


def test_a_moment_stands_on_the_clock_of_the_zone_with_its_day_when_that_is_another(settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    assert clock_text(NOW, now=NOW) == "13:00:00"
    assert clock_text(NOW - timedelta(days=1), now=NOW) == "2026-02-28 13:00:00"
    assert moment_cell(NOW, now=NOW) == (
        '<time datetime="2026-03-01T12:00:00+00:00">now <span class="smallweb-quiet">13:00:00</span></time>'
    )
    assert moment_cell(None, now=NOW) == "\N{EN DASH}"


@pytest.mark.parametrize("state", State.values)
def test_a_state_is_a_word_on_a_colour(state: str) -> None:
    assert state_cell(state) == (
        f'<span class="smallweb-state smallweb-{state.lower()}">{State(state).label}</span>'
    )


def test_no_state_and_no_text_are_a_dash() -> None:
    assert state_cell("") == block("") == "\N{EN DASH}"


def test_nothing_in_a_cell_is_markup() -> None:
    hostile = "<script>alert(1)</script>"
    cells = block(hostile) + table([hostile], [[hostile]], label=f'"{hostile}')
    assert "<script" not in cells
    assert cells.count("&lt;script&gt;") == 4
