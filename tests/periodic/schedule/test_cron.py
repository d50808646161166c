"""Cron lines, over changes of the clocks above all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile

import pytest
from cronsim import CronSim
from hypothesis import given
from hypothesis import strategies as st

from smallweb.periodic.exceptions import ScheduleError
from smallweb.periodic.schedule.cron import Cron, parse_cron
from smallweb.periodic.schedule.zones import load_zone, wall_at

pytestmark = pytest.mark.once

naive = datetime.fromisoformat

# Zone and the UTC day in the middle of which, or near it, its clocks change.
CHANGES = [
    ("Europe/Berlin", datetime(2026, 3, 29, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 25, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 3, 8, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 10, 3, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, tzinfo=UTC)),
    ("Africa/Cairo", datetime(2026, 4, 24, tzinfo=UTC)),
    ("Africa/Cairo", datetime(2026, 10, 29, tzinfo=UTC)),
]
FOLLOWING = ["* * * * *", "*/20 * * * *", "0 */2 * * *", "* 2 * * *", "15,45 * * * *", "* 1-2 25 10 *"]
FIXED = ["30 2 * * *", "0,10,30 1-3 * * *", "0 0 * * *", "45 1 * * *", "0-59 2 * * 0", "10 0-23 * * *"]
MINUTE = timedelta(minutes=1)


def minutes_around(day: datetime) -> list[datetime]:
    return [day - timedelta(days=1) + n * MINUTE for n in range(3 * 1440)]


def close_to_change(minutes: list[datetime], zone: str) -> list[datetime]:
    """Return every seventh minute of the four hours around the change of the clocks."""
    offsets = [minute.astimezone(load_zone(zone)).utcoffset() for minute in minutes]
    change = offsets.index(offsets[-1])
    return minutes[change - 120 : change + 120 : 7]


def matching_walls(line: str, first: datetime, last: datetime) -> set[datetime]:
    return set(takewhile(lambda wall: wall <= last, CronSim(line, first - MINUTE)))


def due_between(line: str, zone: str, first: datetime, last: datetime) -> list[datetime]:
    return list(takewhile(lambda due: due <= last, Cron(line, load_zone(zone)).after(first - MINUTE)))


@pytest.mark.parametrize("line", FOLLOWING)
@pytest.mark.parametrize(("zone", "day"), CHANGES)
def test_a_line_with_a_star_runs_whenever_the_clocks_show_a_match(
    line: str, zone: str, day: datetime
) -> None:
    minutes = minutes_around(day)
    shown = {minute: wall_at(minute, load_zone(zone)) for minute in minutes}
    matches = matching_walls(line, min(shown.values()), max(shown.values()))
    expected = [minute for minute in minutes if shown[minute] in matches]
    assert due_between(line, zone, minutes[0], minutes[-1]) == expected


@pytest.mark.parametrize("line", FIXED)
@pytest.mark.parametrize(("zone", "day"), CHANGES)
def test_a_fixed_time_runs_once_when_the_clocks_have_reached_it(line: str, zone: str, day: datetime) -> None:
    minutes = minutes_around(day)
    shown = [wall_at(minute, load_zone(zone)) for minute in minutes]
    matches = matching_walls(line, shown[0], max(shown))
    reached = {next(m for m, wall in zip(minutes, shown, strict=True) if wall >= match) for match in matches}
    assert due_between(line, zone, minutes[0], minutes[-1]) == sorted(reached)


@pytest.mark.parametrize("line", FOLLOWING + FIXED)
@pytest.mark.parametrize(("zone", "day"), CHANGES)
def test_the_next_due_time_is_the_same_from_wherever_one_asks(line: str, zone: str, day: datetime) -> None:
    minutes = minutes_around(day)
    cron = Cron(line, load_zone(zone))
    expected = due_between(line, zone, minutes[0], minutes[-1])
    for start in close_to_change(minutes, zone):
        later = [due for due in expected if due > start]
        if later:
            assert next(cron.after(start)) == later[0]
            earlier = [due for due in expected if due <= start]
            assert cron.latest(minutes[0], start) == (earlier[-1] if earlier else None)


@given(st.sampled_from(FOLLOWING + FIXED), st.datetimes(naive("2000-01-01"), naive("2050-01-01")))
def test_due_times_are_after_the_moment_and_in_order(line: str, moment: datetime) -> None:
    moment = moment.replace(tzinfo=UTC)
    due = list(islice(Cron(line, load_zone("Europe/Berlin")).after(moment), 5))
    assert moment < due[0]
    assert due == sorted(set(due))
    assert due[0].second == due[0].microsecond == 0


def test_a_due_time_itself_is_not_after_itself_but_is_the_latest() -> None:
    cron, nine = Cron("0 9 * * *", load_zone("UTC")), datetime(2026, 1, 1, 9, tzinfo=UTC)
    assert next(cron.after(nine)) == nine + timedelta(days=1)
    assert next(cron.after(nine - timedelta.resolution)) == nine
    assert cron.latest(nine, nine) == nine
    assert cron.latest(nine - MINUTE, nine + MINUTE) == nine
    assert cron.latest(nine + MINUTE, nine + 2 * MINUTE) is None


def test_the_latest_of_a_year_is_found_without_counting_through_it() -> None:
    cron, start = Cron("*/7 * * * *", load_zone("Europe/Berlin")), datetime(2026, 1, 1, tzinfo=UTC)
    until = start + timedelta(days=365, minutes=3)
    latest = cron.latest(start, until)
    assert latest is not None
    assert latest <= until < next(cron.after(latest))


def test_a_line_without_a_match_comes_to_an_end() -> None:
    cron = Cron("0 0 */31 2 MON#5", load_zone("UTC"))
    assert list(cron.after(datetime(2026, 1, 1, tzinfo=UTC))) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("@hourly", "0 * * * *"),
        (" @daily ", "0 0 * * *"),
        ("@weekly", "0 0 * * 0"),
        ("@monthly", "0 0 1 * *"),
        ("@yearly", "0 0 1 1 *"),
        ("  */5   *  * jan mon-fri ", "*/5 * * JAN MON-FRI"),
        ("0 0 29 2 *", "0 0 29 2 *"),
        ("0 0 L * *", "0 0 L * *"),
    ],
)
def test_a_line_or_a_nickname_is_read(text: str, line: str) -> None:
    assert parse_cron(text) == line


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has 0 fields; wanted minute, hour, day, month and weekday"),
        ("* * * *", "has 4 fields"),
        ("* * * * * *", "has 6 fields"),
        ("@reboot", "has 1 fields.*@hourly"),
        ("60 * * * *", "bad minute field"),
        ("* 24 * * *", "bad hour field"),
        ("* * 0 * *", "bad day-of-month field"),
        ("* * * 13 *", "bad month field"),
        ("* * * * 8", "bad day-of-week field"),
        ("*/0 * * * *", "bad minute field"),
        ("5-1 * * * *", "bad minute field"),
        ("a * * * *", "bad minute field"),
        ("0 0 30 2 *", "bad day-of-month field"),
        ("0 0 31 4,6,9,11 *", "bad day-of-month field"),
        ("0 0 */31 2 MON#5", "never fires; give a date that exists"),
    ],
)
def test_a_line_that_cannot_fire_is_refused(text: str, words: str) -> None:
    with pytest.raises(ScheduleError, match=words):
        parse_cron(text)


@given(st.text("0123456789*/,-#LWMON ", max_size=20))
def test_any_text_is_a_cron_line_or_is_refused(text: str) -> None:
    try:
        line = parse_cron(text)
    except ScheduleError:
        return
    assert parse_cron(line) == line


fields = st.sampled_from(
    ["*", "1", "*/2", "1-3", "1,2", "L", "LW", "L/2", "1#2", "1L", "MON", "JAN", "*,L", "L,2"]
)


@given(st.lists(fields, min_size=5, max_size=5))
def test_any_five_fields_give_due_times_or_are_refused(given_fields: list[str]) -> None:
    try:
        line = parse_cron(" ".join(given_fields))
    except ScheduleError:
        return
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert next(Cron(line, load_zone("Europe/Berlin")).after(start)) > start
