"""Schedules: one rule, its start and its end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallweb.periodic.exceptions import ScheduleError
from smallweb.periodic.schedule import Interval, Schedule, parse_every, upcoming

pytestmark = pytest.mark.once

naive = datetime.fromisoformat

NINE = datetime(2026, 1, 1, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

moments = st.datetimes(naive("2000-01-01"), naive("2060-01-01"), timezones=st.just(UTC))
rules = st.sampled_from(
    [{"every": parse_every(text)} for text in ("1s", "7m", "25h", "1d", "2w", "1mo", "1y", "1mo3d")]
    + [{"cron": text} for text in ("*/5 * * * *", "30 2 * * *", "0 0 31 * *", "@hourly", "@yearly")]
)
zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    bounds = sorted(draw(st.lists(moments, min_size=2, max_size=2)))
    starts_at, ends_at = (draw(st.sampled_from([bound, None])) for bound in bounds)
    anchor, zone = draw(moments), draw(zones)
    return Schedule(**draw(rules), time_zone=zone, starts_at=starts_at, ends_at=ends_at, anchor=anchor)


def every(text: str, **options: Any) -> Schedule:
    return Schedule(every=parse_every(text), anchor=NINE, **options)


def test_240_due_times_of_a_minute_job_are_240_points_of_the_grid() -> None:
    assert upcoming(every("1m"), NINE, 240) == [NINE + n * MINUTE for n in range(1, 241)]


def test_the_grid_goes_through_the_start_rather_than_the_anchor() -> None:
    schedule = every("1h", starts_at=NINE + 10 * MINUTE)
    assert upcoming(schedule, NINE - DAY, 2) == [NINE + 10 * MINUTE, NINE + 70 * MINUTE]


def test_the_anchor_is_a_point_but_not_a_beginning() -> None:
    assert every("1h").next_after(NINE - 90 * MINUTE) == NINE - 60 * MINUTE


def test_the_start_and_the_end_are_both_included() -> None:
    schedule = every("1h", starts_at=NINE, ends_at=NINE + 60 * MINUTE)
    assert upcoming(schedule, NINE - DAY, 5) == [NINE, NINE + 60 * MINUTE]
    assert schedule.next_after(NINE + 60 * MINUTE) is None


def test_a_cron_line_heeds_start_and_end() -> None:
    schedule = Schedule(cron="0 9 * * *", starts_at=NINE, ends_at=NINE + DAY, anchor=NINE)
    assert upcoming(schedule, NINE - 5 * DAY, 5) == [NINE, NINE + DAY]
    assert schedule.latest_until(NINE - DAY, NINE + 9 * DAY) == NINE + DAY
    assert schedule.latest_until(NINE + 2 * DAY, NINE + 9 * DAY) is None


def test_due_times_come_in_utc_whatever_the_zone() -> None:
    schedule = Schedule(cron="@daily", time_zone="Europe/Berlin", anchor=NINE)
    due = schedule.next_after(NINE)
    assert due is not None
    assert (due.isoformat(), due.tzinfo) == ("2026-01-01T23:00:00+00:00", UTC)


def test_due_times_end_before_the_calendar_does() -> None:
    assert len(upcoming(every("100y"), NINE, 1000)) == 69


@given(schedules(), moments)
def test_the_next_due_time_is_after_the_moment_and_within_bounds(
    schedule: Schedule, moment: datetime
) -> None:
    due = schedule.next_after(moment)
    if due is not None:
        assert due > moment
        assert schedule.starts_at is None or due >= schedule.starts_at
        assert schedule.ends_at is None or due <= schedule.ends_at


@given(schedules(), moments)
def test_upcoming_is_next_after_repeated(schedule: Schedule, moment: datetime) -> None:
    expected: list[datetime] = []
    due = schedule.next_after(moment)
    while due is not None and len(expected) < 4:
        expected.append(due)
        due = schedule.next_after(due)
    assert upcoming(schedule, moment, 4) == expected


@given(schedules(), moments, moments)
def test_the_latest_is_the_one_that_no_other_follows(
    schedule: Schedule, first: datetime, second: datetime
) -> None:
    start, now = sorted([first, second])
    latest = schedule.latest_until(start, now)
    following = schedule.next_after(latest or start - timedelta.resolution)
    assert latest is None or start <= latest <= now
    assert following is None or following > now


def test_nothing_is_due_in_a_stretch_that_ends_before_it_starts() -> None:
    assert every("1m").latest_until(NINE, NINE - DAY) is None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "the interval '' and the cron line ''; give exactly one"),
        ({"every": Interval(60), "cron": "@daily"}, "the interval '1m' and the cron line '@daily'"),
        ({"cron": "61 * * * *"}, "bad minute field"),
        ({"cron": "0 0 30 2 *"}, "day-of-month"),
        ({"every": Interval(60), "time_zone": "Berlin"}, "No time zone is called 'Berlin'"),
        ({"every": Interval(60), "anchor": naive("2026-01-01")}, "anchor is .* no time zone"),
        ({"every": Interval(60), "starts_at": naive("2026-01-01")}, "starts_at is .* no time zone"),
        ({"every": Interval(60), "ends_at": naive("2026-01-01")}, "ends_at is .* no time zone"),
        ({"every": Interval(60), "ends_at": datetime.max.replace(tzinfo=UTC)}, "year from 1900 to 8999"),
        (
            {"every": Interval(60), "starts_at": NINE, "ends_at": NINE - DAY},
            "before its start .* give a later end",
        ),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ScheduleError, match=words):
        Schedule(**{"anchor": NINE} | options)


def test_a_moment_without_a_zone_is_refused() -> None:
    without_zone = naive("2026-01-01")
    with pytest.raises(ScheduleError, match="no time zone"):
        every("1m").next_after(without_zone)
    with pytest.raises(ScheduleError, match="no time zone"):
        every("1m").latest_until(without_zone, NINE)
    with pytest.raises(ScheduleError, match="no time zone"):
        every("1m").latest_until(NINE, without_zone)
