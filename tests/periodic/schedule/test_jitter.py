"""Spreading jobs over a stretch of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from smallweb.periodic.schedule import jitter_offset

NINE = datetime(2026, 1, 1, 9, tzinfo=UTC)


@given(st.text(), st.datetimes(timezones=st.just(UTC)), st.floats(1e-6, 1e6))
def test_the_offset_is_at_least_zero_and_less_than_the_jitter(
    key: str, due: datetime, jitter_s: float
) -> None:
    offset = jitter_offset(key, due, jitter_s)
    assert timedelta(0) <= offset < timedelta(seconds=jitter_s)


def test_no_jitter_is_no_offset() -> None:
    assert jitter_offset("a", NINE, 0) == timedelta(0)


def test_the_offset_is_the_same_in_every_process() -> None:
    assert jitter_offset("temperature", NINE, 60) == timedelta(seconds=18.835416)


def test_the_offset_belongs_to_the_instant_not_to_its_zone() -> None:
    assert jitter_offset("a", NINE.astimezone(ZoneInfo("Asia/Tokyo")), 60) == jitter_offset("a", NINE, 60)


def test_jobs_and_due_times_are_spread_evenly() -> None:
    by_key = [jitter_offset(str(n), NINE, 10).seconds for n in range(2000)]
    by_due = [jitter_offset("a", NINE + timedelta(minutes=n), 10).seconds for n in range(2000)]
    for seconds in (by_key, by_due):
        assert all(150 < seconds.count(second) < 250 for second in range(10))
