"""Intervals as people write them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallweb.periodic.exceptions import ScheduleError
from smallweb.periodic.schedule import Interval, parse_every

pytestmark = pytest.mark.once

clock_intervals = st.builds(Interval, seconds=st.integers(1, 10**9))
calendar_intervals = st.builds(Interval, days=st.integers(0, 9000), months=st.integers(1, 900)) | st.builds(
    Interval, days=st.integers(1, 36000)
)


@pytest.mark.parametrize(
    ("given_value", "interval"),
    [
        ("10s", Interval(seconds=10)),
        ("5m", Interval(seconds=300)),
        ("2h", Interval(seconds=7200)),
        ("1h30m", Interval(seconds=5400)),
        (" 1h 30m 5s ", Interval(seconds=5405)),
        ("1d", Interval(days=1)),
        ("1w", Interval(days=7)),
        ("1mo", Interval(months=1)),
        ("1y", Interval(months=12)),
        ("1y6mo2w3d", Interval(months=18, days=17)),
        ("24h", Interval(seconds=86400)),
        (5, Interval(seconds=300)),
        (1.5, Interval(seconds=90)),
        (0.1, Interval(seconds=6)),
        (timedelta(seconds=90), Interval(seconds=90)),
        (timedelta(days=7), Interval(days=7)),
        (timedelta(days=1, hours=12), Interval(seconds=129600)),
    ],
)
def test_a_length_of_time_is_read(given_value: str | int | float | timedelta, interval: Interval) -> None:
    assert parse_every(given_value) == interval


@pytest.mark.parametrize(
    ("given_text", "text"),
    [("90m", "1h30m"), ("3600s", "1h"), ("24h", "24h"), ("14d", "2w"), ("10d", "10d"), ("18mo", "1y6mo")],
)
def test_the_text_form_uses_the_longest_units(given_text: str, text: str) -> None:
    assert str(parse_every(given_text)) == text


@given(clock_intervals | calendar_intervals)
def test_the_text_form_is_read_back_as_the_same_interval(interval: Interval) -> None:
    assert parse_every(str(interval)) == interval


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        ("", "Cannot read the interval ''; wanted a length such as '10s'"),
        ("   ", "Cannot read"),
        ("5", "Cannot read the interval '5'"),
        ("soon", "Cannot read the interval 'soon'"),
        ("-5m", "Cannot read"),
        ("1.5h", "Cannot read"),
        ("30m1h", "Cannot read"),
        ("1h1h", "Cannot read"),
        ("1M", "Cannot read"),
        ("٣s", "Cannot read"),
        ("9999999999s", "Cannot read"),
        ("0s", "not above zero; give at least '1s'"),
        ("0d", "not above zero"),
        (0, "not above zero"),
        (-5, "not above zero"),
        (timedelta(0), "not above zero"),
        (timedelta(days=-1), "not above zero"),
        (timedelta(seconds=-1), "not above zero"),
        ("1d12h", "'1d12h' mixes calendar steps"),
        ("1mo1s", "use one kind, such as '36h'"),
        ("101y", "too long; give at most '100y'"),
        (10**30, "Cannot read"),
        (1e308, "Cannot read"),
        (10**8, "too long"),
        (timedelta.max, "too long"),
        (timedelta(seconds=1.5), "is 1.5 s; give a whole number of seconds"),
        (0.001, "0.001 minutes is 0.06 s"),
        (float("nan"), "Cannot read"),
        (float("inf"), "Cannot read"),
        (True, "Cannot read the interval True"),
        (None, "Cannot read the interval None"),
        (b"5m", "Cannot read"),
    ],
)
def test_anything_else_is_refused_with_what_to_give(refused: object, words: str) -> None:
    with pytest.raises(ScheduleError) as raised:
        parse_every(refused)  # type: ignore[arg-type]
    assert words in str(raised.value)
    assert raised.value.code == "bad_schedule"


def test_the_mean_length_counts_leap_years() -> None:
    assert Interval(months=12).average_s == 365.2425 * 86_400
    assert Interval(days=2).average_s == 2 * 86_400
    assert Interval(seconds=90).average_s == 90
