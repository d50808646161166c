"""Counts and times of calls."""

from __future__ import annotations

from smallweb.core.tally import KEPT_TIMES, Figures, Tally


def test_nothing_has_no_times() -> None:
    assert Tally().figures() == Figures(0, 0, None, None)


def test_calls_and_errors_are_counted() -> None:
    tally = Tally()
    for number in range(1, 21):
        tally.note(number, is_error=number > 18)
    assert tally.figures() == Figures(20, 2, 11, 20)


def test_the_times_are_those_of_the_last_calls() -> None:
    tally = Tally()
    for took_s in [9.0] * KEPT_TIMES + [1.0] * KEPT_TIMES:
        tally.note(took_s, is_error=False)
    assert tally.figures() == Figures(2 * KEPT_TIMES, 0, 1.0, 1.0)
