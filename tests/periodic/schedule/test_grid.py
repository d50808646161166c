"""The grid of an interval."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallweb.periodic.schedule import Interval, parse_every
from smallweb.periodic.schedule.grid import Grid
from smallweb.periodic.schedule.zones import load_zone, wall_at

pytestmark = pytest.mark.once

naive = datetime.fromisoformat

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Cairo"]
moments = st.datetimes(naive("1980-01-01"), naive("2090-01-01"), timezones=st.just(UTC))
intervals = (
    st.builds(Interval, seconds=st.integers(1, 10**7))
    | st.builds(Interval, days=st.integers(1, 400))
    | st.builds(Interval, days=st.integers(0, 40), months=st.integers(1, 30))
)
grids = st.builds(Grid, every=intervals, anchor=moments, zone=st.sampled_from(ZONES).map(load_zone))


def walls(every: str, anchor: datetime, count: int) -> list[str]:
    """Return the first points after a local anchor as its clocks show them."""
    zone = load_zone(str(anchor.tzinfo))
    grid = Grid(parse_every(every), anchor, zone)
    return [f"{wall_at(point, zone):%m-%d %H:%M}" for point in islice(grid.after(anchor), count)]


def local(zone: str, *fields: int, fold: int = 0) -> datetime:
    return datetime(*fields, tzinfo=load_zone(zone), fold=fold)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("anchor", "expected"),
    [
        (local("Europe/Berlin", 2026, 3, 28, 9), ["03-29 09:00", "03-30 09:00"]),
        (local("Europe/Berlin", 2026, 10, 24, 9), ["10-25 09:00", "10-26 09:00"]),
        (local("America/New_York", 2026, 3, 7, 9), ["03-08 09:00", "03-09 09:00"]),
        (local("America/New_York", 2026, 10, 31, 9), ["11-01 09:00", "11-02 09:00"]),
        (local("Australia/Lord_Howe", 2026, 10, 3, 9), ["10-04 09:00", "10-05 09:00"]),
        (local("Australia/Lord_Howe", 2026, 4, 4, 9), ["04-05 09:00", "04-06 09:00"]),
    ],
)
def test_nine_in_the_morning_stays_nine_over_a_change_of_the_clocks(
    anchor: datetime, expected: list[str]
) -> None:
    assert walls("1d", anchor, 2) == expected


@pytest.mark.parametrize(
    ("anchor", "expected"),
    [
        (local("Europe/Berlin", 2026, 3, 28, 2, 30), ["03-29 03:00", "03-30 02:30", "03-31 02:30"]),
        (local("America/New_York", 2026, 3, 7, 2, 30), ["03-08 03:00", "03-09 02:30", "03-10 02:30"]),
        (local("Australia/Lord_Howe", 2026, 10, 3, 2, 10), ["10-04 02:30", "10-05 02:10", "10-06 02:10"]),
        (local("Africa/Cairo", 2026, 4, 23, 0, 0), ["04-24 01:00", "04-25 00:00", "04-26 00:00"]),
    ],
)
def test_a_time_in_the_gap_runs_after_it_and_comes_back_the_day_after(
    anchor: datetime, expected: list[str]
) -> None:
    assert walls("1d", anchor, 3) == expected


@pytest.mark.parametrize(
    "anchor",
    [
        local("Europe/Berlin", 2026, 10, 24, 2, 30),
        local("America/New_York", 2026, 10, 31, 1, 30),
        local("Australia/Lord_Howe", 2026, 4, 4, 1, 45),
    ],
)
def test_a_repeated_time_runs_once_and_first(anchor: datetime) -> None:
    grid = Grid(Interval(days=1), anchor, load_zone(str(anchor.tzinfo)))
    first, second = islice(grid.after(anchor), 2)
    assert first - anchor.astimezone(UTC) == timedelta(days=1)
    assert second - first > timedelta(days=1)


def test_an_anchor_in_the_second_of_two_hours_is_itself_a_point() -> None:
    anchor = local("Europe/Berlin", 2026, 10, 25, 2, 30, fold=1)
    grid = Grid(Interval(days=1), anchor, load_zone("Europe/Berlin"))
    assert grid.point(0) == anchor.astimezone(UTC)


def test_hours_are_absolute_time() -> None:
    anchor = local("Europe/Berlin", 2026, 3, 29, 1, 0)
    assert walls("1h", anchor, 3) == ["03-29 03:00", "03-29 04:00", "03-29 05:00"]
    assert walls("24h", local("Europe/Berlin", 2026, 3, 28, 9), 2) == ["03-29 10:00", "03-30 10:00"]


def test_the_31st_becomes_the_last_day_and_the_31st_again() -> None:
    anchor = local("Europe/Berlin", 2027, 1, 31, 9)
    assert walls("1mo", anchor, 4) == ["02-28 09:00", "03-31 09:00", "04-30 09:00", "05-31 09:00"]


def test_february_has_29_days_in_a_leap_year() -> None:
    assert walls("1mo", local("UTC", 2028, 1, 31, 9), 2) == ["02-29 09:00", "03-31 09:00"]
    years = walls("1y", local("UTC", 2028, 2, 29, 9), 4)
    assert years == ["02-28 09:00", "02-28 09:00", "02-28 09:00", "02-29 09:00"]


def test_months_and_days_add_up() -> None:
    assert walls("1mo10d", local("UTC", 2026, 1, 31, 9), 3) == ["03-10 09:00", "04-20 09:00", "05-30 09:00"]


def test_a_day_that_a_zone_left_out_gives_no_second_run() -> None:
    anchor = local("Pacific/Apia", 2011, 12, 29, 0)
    assert walls("1d", anchor, 3) == ["12-31 00:00", "01-01 00:00", "01-02 00:00"]


@given(grids, moments)
def test_the_index_is_that_of_the_last_point_so_far(grid: Grid, moment: datetime) -> None:
    n = grid.index_at(moment)
    assert grid.point(n) <= moment < grid.point(n + 1)


@given(grids, moments)
def test_points_after_a_moment_are_after_it_and_in_order(grid: Grid, moment: datetime) -> None:
    points = list(islice(grid.after(moment), 5))
    assert moment < points[0]
    assert points == sorted(set(points))


@given(grids, moments)
def test_a_point_is_found_again_from_any_moment_before_it(grid: Grid, moment: datetime) -> None:
    point = next(grid.after(moment))
    assert next(grid.after(point - timedelta.resolution)) == point
    assert grid.latest(moment, point) == point
    assert grid.latest(point, point) == point


@given(st.integers(1, 10**6), moments, moments)
def test_clock_steps_lie_exactly_on_the_grid(seconds: int, anchor: datetime, moment: datetime) -> None:
    point = next(Grid(Interval(seconds=seconds), anchor, load_zone("Europe/Berlin")).after(moment))
    assert (point - anchor) % timedelta(seconds=seconds) == timedelta(0)
    assert point - moment <= timedelta(seconds=seconds)


@given(st.integers(1, 40), moments, moments)
def test_calendar_steps_keep_the_local_time_except_in_gaps(
    days: int, anchor: datetime, moment: datetime
) -> None:
    zone = load_zone("America/New_York")
    point = next(Grid(Interval(days=days), anchor, zone).after(moment))
    shown, wanted = wall_at(point, zone), wall_at(anchor, zone)
    if shown.time() != wanted.time():
        assert (shown - timedelta(microseconds=1)).hour != wall_at(
            point - timedelta(microseconds=1), zone
        ).hour
    else:
        assert (shown.date() - wanted.date()).days % days == 0


def test_nothing_is_the_latest_before_the_first() -> None:
    grid = Grid(Interval(days=1), local("UTC", 2026, 1, 1, 9), load_zone("UTC"))
    assert grid.latest(local("UTC", 2026, 1, 1, 10), local("UTC", 2026, 1, 2, 8)) is None
