from __future__ import annotations

import pytest

from smallweb.core.durations import duration_text

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "\N{EN DASH}"), (0.0123, "12 ms"), (1.26, "1.3 s"), (89.0, "89.0 s"), (600.0, "10 min")],
)
def test_durations_are_told_in_one_unit(seconds: float | None, words: str) -> None:
    assert duration_text(seconds) == words
