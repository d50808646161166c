"""Maintenance windows."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallweb.periodic.exceptions import ScheduleError
from smallweb.periodic.schedule import WeeklyWindow, Window, window_end
from smallweb.periodic.schedule.zones import load_zone

pytestmark = pytest.mark.once

naive = datetime.fromisoformat

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)  # a Monday
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MONDAY, SUNDAY = 0, 6
EVERY_DAY = frozenset(range(7))


def weekly(*days: int, start: time, hours: float, zone: str = "UTC") -> WeeklyWindow:
    return WeeklyWindow(frozenset(days), start, hours * HOUR, zone)


def test_without_windows_nothing_ends() -> None:
    assert window_end([], NOON) is None


def test_a_window_covers_its_start_and_not_its_end() -> None:
    windows = [Window(NOON, NOON + HOUR)]
    assert window_end(windows, NOON) == NOON + HOUR
    assert window_end(windows, NOON + HOUR - timedelta.resolution) == NOON + HOUR
    assert window_end(windows, NOON + HOUR) is None
    assert window_end(windows, NOON - timedelta.resolution) is None


def test_overlapping_and_touching_windows_end_as_one() -> None:
    windows = [
        Window(NOON + 2 * HOUR, NOON + 4 * HOUR),
        Window(NOON, NOON + HOUR),
        Window(NOON + HOUR / 2, NOON + 2 * HOUR),
        Window(NOON + 5 * HOUR, NOON + 6 * HOUR),
    ]
    assert window_end(windows, NOON) == NOON + 4 * HOUR


def test_a_weekly_window_comes_every_week() -> None:
    window = weekly(MONDAY, start=time(11), hours=2)
    for week in range(3):
        assert window_end([window], NOON + week * 7 * DAY) == NOON + HOUR + week * 7 * DAY
    assert window_end([window], NOON + DAY) is None
    assert window_end([window], NOON + HOUR) is None


def test_a_weekly_window_goes_past_midnight_and_into_the_next_week() -> None:
    window = weekly(SUNDAY, start=time(22), hours=30)
    assert window_end([window], NOON) == datetime(2026, 1, 6, 4, tzinfo=UTC)


def test_occurrences_that_overlap_end_as_one() -> None:
    window = weekly(MONDAY, MONDAY + 1, start=time(11), hours=48)
    assert window_end([window], NOON) == datetime(2026, 1, 8, 11, tzinfo=UTC)


def test_a_whole_week_is_covered_from_any_day() -> None:
    window = weekly(MONDAY, start=time(11), hours=7 * 24)
    assert window.end_at(NOON + 6 * DAY) == NOON - HOUR + 7 * DAY


def test_a_one_off_window_leads_into_a_weekly_one() -> None:
    windows: list[Window | WeeklyWindow] = [
        Window(NOON, NOON + 10 * HOUR),
        weekly(MONDAY, start=time(22), hours=4),
    ]
    assert window_end(windows, NOON) == NOON + 14 * HOUR


def test_the_start_is_read_on_the_clocks_of_the_zone() -> None:
    window = weekly(*EVERY_DAY, start=time(9), hours=1, zone="Europe/Berlin")
    winter, summer = datetime(2026, 1, 5, 8, 30, tzinfo=UTC), datetime(2026, 7, 6, 7, 30, tzinfo=UTC)
    assert window_end([window], winter) == datetime(2026, 1, 5, 9, tzinfo=UTC)
    assert window_end([window], summer) == datetime(2026, 7, 6, 8, tzinfo=UTC)
    assert window_end([window], winter - HOUR) is None


def test_a_start_in_the_spring_gap_moves_behind_it_and_the_length_stays() -> None:
    window = weekly(SUNDAY, start=time(2, 30), hours=1, zone="Europe/Berlin")
    after_gap = datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert window_end([window], after_gap) == after_gap + HOUR
    assert window_end([window], after_gap - timedelta.resolution) is None


def test_a_window_that_a_short_day_pushes_past_midnight_still_covers() -> None:
    window = weekly(MONDAY + 4, start=time(23, 30), hours=47.9, zone="Europe/Berlin")
    quarter_past_midnight_on_monday = datetime(2026, 3, 29, 22, 15, tzinfo=UTC)
    assert window_end([window], quarter_past_midnight_on_monday) == datetime(2026, 3, 29, 22, 24, tzinfo=UTC)


def test_the_end_is_in_utc_whatever_the_zones_given() -> None:
    berlin = load_zone("Europe/Berlin")
    end = window_end([Window(NOON.astimezone(berlin), (NOON + HOUR).astimezone(berlin))], NOON)
    assert end is not None
    assert end.tzinfo is UTC


def test_windows_without_a_gap_are_followed_for_28_days() -> None:
    assert window_end([weekly(*EVERY_DAY, start=time(0), hours=24)], NOON) == datetime(2026, 2, 3, tzinfo=UTC)


def test_a_long_single_window_is_given_to_its_end() -> None:
    assert window_end([Window(NOON, NOON + 90 * DAY)], NOON) == NOON + 90 * DAY


windows = st.builds(
    WeeklyWindow,
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
    start=st.times(),
    duration=st.timedeltas(timedelta(minutes=1), 7 * DAY),
    time_zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
)
moments = st.datetimes(naive("2000-01-01"), naive("2060-01-01"), timezones=st.just(UTC))


@given(st.lists(windows, max_size=3), moments)
def test_the_end_is_later_and_covered_by_no_window(windows: list[WeeklyWindow], moment: datetime) -> None:
    end = window_end(windows, moment)
    assert (end is None) == all(window.end_at(moment) is None for window in windows)
    if end is not None:
        assert end > moment
        assert end - moment >= 28 * DAY or window_end(windows, end) is None


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "words"),
    [
        (NOON, NOON, "not after its start .* give a later end"),
        (NOON, NOON - HOUR, "not after its start"),
        (NOON.replace(tzinfo=None), NOON, "starts_at is .* no time zone"),
        (NOON, NOON.replace(tzinfo=None), "ends_at is .* no time zone"),
    ],
)
def test_a_window_that_is_none_is_refused(starts_at: datetime, ends_at: datetime, words: str) -> None:
    with pytest.raises(ScheduleError, match=words):
        Window(starts_at, ends_at)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"weekdays": frozenset()}, r"weekdays are \[\]; give some of 0 \(Monday\) to 6 \(Sunday\)"),
        ({"weekdays": frozenset([7])}, r"weekdays are \[7\]"),
        ({"start": time(9, tzinfo=UTC)}, "give it without a zone"),
        ({"duration": timedelta(0)}, "lasts 0:00:00; give more than nothing"),
        ({"duration": 8 * DAY}, "at most 7 days"),
        ({"time_zone": "Berlin"}, "No time zone is called 'Berlin'"),
    ],
)
def test_a_weekly_window_that_cannot_be_is_refused(options: dict[str, Any], words: str) -> None:
    window: dict[str, Any] = {"weekdays": frozenset([0]), "start": time(9), "duration": HOUR}
    with pytest.raises(ScheduleError, match=words):
        WeeklyWindow(**window | options)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ScheduleError, match="no time zone"):
        window_end([], naive("2026-01-01"))
