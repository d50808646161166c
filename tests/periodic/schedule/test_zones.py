"""Wall times and instants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from smallweb.periodic.exceptions import ScheduleError
from smallweb.periodic.schedule.zones import instant_of, instants_of, load_zone, require_aware, wall_at

pytestmark = pytest.mark.once

naive = datetime.fromisoformat

BERLIN = load_zone("Europe/Berlin")


def utc(*fields: int) -> datetime:
    return datetime(*fields, tzinfo=UTC)  # type: ignore[arg-type, misc]


def test_an_ordinary_time_is_one_instant() -> None:
    assert instants_of(naive("2026-07-01T12:00"), BERLIN) == [utc(2026, 7, 1, 10)]


def test_a_time_in_the_spring_gap_is_no_instant() -> None:
    assert instants_of(naive("2026-03-29T02:30"), BERLIN) == []


def test_a_repeated_time_is_two_instants() -> None:
    assert instants_of(naive("2026-10-25T02:30"), BERLIN) == [
        utc(2026, 10, 25, 0, 30),
        utc(2026, 10, 25, 1, 30),
    ]


@pytest.mark.parametrize("fold", [0, 1])
def test_something_planned_in_the_gap_happens_right_after_it(fold: int) -> None:
    for wall in (
        naive("2026-03-29T02:00"),
        naive("2026-03-29T02:30:00.000005"),
        naive("2026-03-29T02:59:59"),
    ):
        assert instant_of(wall, BERLIN, fold=fold) == utc(2026, 3, 29, 1)


@pytest.mark.parametrize(
    ("zone", "wall", "instant"),
    [
        ("Australia/Lord_Howe", naive("2026-10-04T02:10"), utc(2026, 10, 3, 15, 30)),
        ("America/New_York", naive("2026-03-08T02:30"), utc(2026, 3, 8, 7)),
        ("Africa/Cairo", naive("2026-04-24T00:00"), utc(2026, 4, 23, 22)),
        ("Pacific/Apia", naive("2011-12-30T09:00"), utc(2011, 12, 30, 10)),
    ],
)
def test_gaps_of_other_lengths_end_where_the_clocks_go_on(
    zone: str, wall: datetime, instant: datetime
) -> None:
    assert instants_of(wall, load_zone(zone)) == []
    assert instant_of(wall, load_zone(zone)) == instant


def test_fold_chooses_between_two_instants() -> None:
    wall = naive("2026-10-25T02:30")
    assert instant_of(wall, BERLIN) == utc(2026, 10, 25, 0, 30)
    assert instant_of(wall, BERLIN, fold=1) == utc(2026, 10, 25, 1, 30)
    assert instant_of(naive("2026-07-01T12:00"), BERLIN, fold=1) == utc(2026, 7, 1, 10)


def test_the_wall_time_has_no_zone() -> None:
    assert wall_at(utc(2026, 7, 1, 10), BERLIN) == naive("2026-07-01T12:00")


@pytest.mark.parametrize(
    "name", ["Berlin", "", "Europe", "../etc/passwd", "/etc/localtime", "Mars/Olympus", "\0"]
)
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(ScheduleError, match="No time zone is called") as raised:
        load_zone(name)
    assert "wanted an IANA name such as '" in str(raised.value)


def test_the_refusal_names_the_nearest_zone() -> None:
    with pytest.raises(ScheduleError, match="such as 'Europe/Berlin'"):
        load_zone("Europe/Berln")


def test_an_aware_moment_is_given_back_in_utc() -> None:
    moment = require_aware(datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))), "now")
    assert moment == utc(2026, 1, 1)
    assert moment.tzinfo is UTC


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (naive("2026-01-01"), "now is .*, which has no time zone; give an aware datetime"),
        (utc(9000, 1, 1), "now is 9000-.*; give a year from 1900 to 8999"),
        (utc(1899, 1, 1), "now is 1899-"),
        (datetime.max.replace(tzinfo=timezone(-timedelta(hours=5))), "now is 9999-"),
    ],
)
def test_a_moment_that_cannot_be_reckoned_with_is_refused(moment: datetime, words: str) -> None:
    with pytest.raises(ScheduleError, match=words):
        require_aware(moment, "now")
