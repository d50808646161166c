"""Schedules in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallweb.periodic.exceptions import ScheduleError
from smallweb.periodic.schedule import Schedule, describe, parse_every

ANCHOR = datetime(2026, 1, 31, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("every", "words"),
    [
        ("1s", "every second"),
        ("10s", "every 10 seconds"),
        ("1m", "every minute"),
        ("90m", "every 1 hour 30 minutes"),
        ("1d", "every day at 09:00 (Europe/Berlin)"),
        ("2d", "every 2 days at 09:00 (Europe/Berlin)"),
        ("1w", "every week on Saturday at 09:00 (Europe/Berlin)"),
        ("2w", "every 2 weeks on Saturday at 09:00 (Europe/Berlin)"),
        ("1mo", "every month on day 31 or the last day at 09:00 (Europe/Berlin)"),
        ("1y", "every year on 31 January at 09:00 (Europe/Berlin)"),
        ("1mo1d", "every 1 month 1 day from 31 January 2026 at 09:00 (Europe/Berlin)"),
    ],
)
def test_an_interval_in_words(every: str, words: str) -> None:
    assert describe(Schedule(every=parse_every(every), time_zone="Europe/Berlin", anchor=ANCHOR)) == words


@pytest.mark.parametrize(
    ("anchor", "every", "words"),
    [
        (datetime(2026, 1, 28, 8, 0, 5, tzinfo=UTC), "1mo", "every month on day 28 at 08:00:05 (UTC)"),
        (
            datetime(2028, 2, 29, 8, tzinfo=UTC),
            "1y",
            "every year on 29 February or the last day at 08:00 (UTC)",
        ),
    ],
)
def test_the_day_and_the_second_are_named_where_it_matters(anchor: datetime, every: str, words: str) -> None:
    assert describe(Schedule(every=parse_every(every), anchor=anchor)) == words


def test_the_start_gives_the_time_of_day() -> None:
    schedule = Schedule(
        every=parse_every("1d"), anchor=ANCHOR, starts_at=datetime(2026, 5, 1, 6, 30, tzinfo=UTC)
    )
    assert describe(schedule) == "every day at 06:30 (UTC)"


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("* * * * *", "every minute"),
        ("*/5 * * * *", "every fifth minute of every hour"),
        ("@hourly", "at the start of every hour"),
        ("@daily", "at 00:00 every day (Europe/Berlin)"),
        ("0 9 * * mon-fri", "at 09:00 on Monday through Friday (Europe/Berlin)"),
        ("* 2 * * *", "every minute from 02:00 through 02:59 (Europe/Berlin)"),
    ],
)
def test_a_cron_line_in_words(cron: str, words: str) -> None:
    assert describe(Schedule(cron=cron, time_zone="Europe/Berlin", anchor=ANCHOR)) == words


field = st.sampled_from(
    ["*", "1", "*/2", "1-3", "1,2", "L", "LW", "L/2", "1#2", "1L", "MON", "JAN", "*,1", "2-5/2"]
)


@given(st.lists(field, min_size=5, max_size=5))
def test_whatever_is_a_cron_line_has_words(fields: list[str]) -> None:
    try:
        schedule = Schedule(cron=" ".join(fields), anchor=ANCHOR)
    except ScheduleError:
        return
    assert describe(schedule)
