"""What is run now, on time and late."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallweb.periodic.schedule import CatchUp, DuePlan, Schedule, parse_every, plan_due

pytestmark = pytest.mark.once

NINE = datetime(2026, 1, 1, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MINUTELY = Schedule(every=parse_every("1m"), anchor=NINE)
HOURLY = Schedule(every=parse_every("1h"), anchor=NINE)

modes = st.sampled_from(CatchUp)
schedules = st.sampled_from(
    [Schedule(every=parse_every(text), anchor=NINE) for text in ("10s", "1m", "1h", "1d", "1mo")]
    + [Schedule(cron=text, time_zone="Europe/Berlin", anchor=NINE) for text in ("*/5 * * * *", "30 2 * * *")]
    + [Schedule(every=parse_every("1m"), anchor=NINE, ends_at=NINE + HOUR)]
)
pauses = st.lists(st.timedeltas(timedelta(0), timedelta(hours=3)), min_size=1, max_size=30)


def run_through(
    schedule: Schedule, mode: CatchUp, pauses: list[timedelta], limit: int = 100
) -> list[DuePlan]:
    """Return the plans of a worker that looks at the clock after each of these pauses."""
    plans: list[DuePlan] = []
    now, next_due = NINE, schedule.next_after(NINE)
    for pause in pauses:
        now += pause
        if next_due is None:
            break
        plans.append(plan_due(schedule, next_due, now, mode, limit=limit))
        next_due = plans[-1].next_due
    return plans


@pytest.mark.parametrize("mode", CatchUp)
def test_nothing_runs_before_it_is_due(mode: CatchUp) -> None:
    assert plan_due(MINUTELY, NINE + MINUTE, NINE, mode) == DuePlan([], NINE + MINUTE)


@pytest.mark.parametrize("mode", [CatchUp.ONCE, CatchUp.ALL])
@pytest.mark.parametrize("late", [timedelta(0), timedelta(seconds=0.2), timedelta(minutes=59)])
def test_a_due_time_that_no_other_followed_runs_however_late(mode: CatchUp, late: timedelta) -> None:
    assert plan_due(HOURLY, NINE, NINE + late, mode) == DuePlan([NINE], NINE + HOUR)


def test_skip_drops_a_single_due_time_beyond_its_grace() -> None:
    assert plan_due(HOURLY, NINE, NINE + 60 * SECOND, CatchUp.SKIP) == DuePlan([NINE], NINE + HOUR)
    assert plan_due(HOURLY, NINE, NINE + 61 * SECOND, CatchUp.SKIP) == DuePlan([], NINE + HOUR)


def test_skip_drops_what_an_outage_swallowed() -> None:
    plan = plan_due(HOURLY, NINE, NINE + 5 * HOUR + 10 * MINUTE, CatchUp.SKIP)
    assert plan == DuePlan([], NINE + 6 * HOUR)


@pytest.mark.parametrize(("late_s", "runs"), [(0, True), (60, True), (61, False)])
def test_skip_runs_the_newest_due_time_within_its_grace(late_s: int, runs: bool) -> None:
    plan = plan_due(HOURLY, NINE, NINE + 5 * HOUR + late_s * SECOND, CatchUp.SKIP)
    assert plan.due == ([NINE + 5 * HOUR] if runs else [])


def test_the_grace_is_the_callers_choice() -> None:
    now = NINE + 5 * HOUR + 10 * MINUTE
    assert plan_due(HOURLY, NINE, now, CatchUp.SKIP, grace_s=600).due == [NINE + 5 * HOUR]
    assert plan_due(HOURLY, NINE, now, CatchUp.SKIP, grace_s=599).due == []


def test_once_runs_all_missed_due_times_as_the_newest() -> None:
    plan = plan_due(HOURLY, NINE, NINE + 5 * HOUR + 10 * MINUTE, CatchUp.ONCE)
    assert plan == DuePlan([NINE + 5 * HOUR], NINE + 6 * HOUR)


def test_all_runs_each_in_order_and_leaves_the_rest_due() -> None:
    now = NINE + 5 * HOUR + 10 * MINUTE
    first = plan_due(HOURLY, NINE, now, CatchUp.ALL, limit=4)
    assert first == DuePlan([NINE + n * HOUR for n in range(4)], NINE + 4 * HOUR)
    assert first.next_due is not None
    second = plan_due(HOURLY, first.next_due, now, CatchUp.ALL, limit=4)
    assert second == DuePlan([NINE + 4 * HOUR, NINE + 5 * HOUR], NINE + 6 * HOUR)


@pytest.mark.parametrize("mode", CatchUp)
def test_after_the_last_due_time_there_is_no_next(mode: CatchUp) -> None:
    ending = Schedule(every=parse_every("1h"), anchor=NINE, ends_at=NINE + HOUR)
    plan = plan_due(ending, NINE + HOUR, NINE + HOUR + SECOND, mode)
    assert plan == DuePlan([NINE + HOUR], None)


@pytest.mark.parametrize("mode", CatchUp)
def test_what_was_due_after_an_earlier_end_is_not_run(mode: CatchUp) -> None:
    ended = Schedule(every=parse_every("1h"), anchor=NINE, ends_at=NINE - DAY)
    assert plan_due(ended, NINE, NINE, mode) == DuePlan([], None)


@pytest.mark.parametrize("mode", CatchUp)
def test_a_run_asked_for_between_due_times_runs_and_moves_none_of_them(mode: CatchUp) -> None:
    asked = NINE + 10 * MINUTE
    assert plan_due(HOURLY, asked, asked + SECOND, mode) == DuePlan([asked], NINE + HOUR)
    assert plan_due(HOURLY, asked, NINE + HOUR, mode).next_due == NINE + 2 * HOUR


@given(schedules, modes, pauses)
def test_no_due_time_is_run_twice_and_the_next_is_after_the_last(
    schedule: Schedule, mode: CatchUp, pauses: list[timedelta]
) -> None:
    last = NINE
    for plan in run_through(schedule, mode, pauses):
        assert all(earlier < later for earlier, later in zip([last, *plan.due], plan.due, strict=False))
        last = max([last, *plan.due])
        assert plan.next_due is None or plan.next_due > last


@given(schedules, pauses, st.integers(1, 50))
def test_all_runs_the_same_due_times_however_time_is_cut(
    schedule: Schedule, pauses: list[timedelta], limit: int
) -> None:
    total = sum(pauses, timedelta(0))
    at_once = run_through(schedule, CatchUp.ALL, [total], limit=100_000)
    in_parts = run_through(schedule, CatchUp.ALL, [*pauses, *[timedelta(0)] * 400], limit=limit * 100)
    assert [due for plan in in_parts for due in plan.due] == at_once[0].due


@pytest.mark.parametrize("tick_s", [0.2, 1, 60])
def test_a_minute_job_that_takes_a_fifth_of_a_second_runs_240_times_in_240_minutes(tick_s: float) -> None:
    runs: list[datetime] = []
    tick, next_due = timedelta(seconds=tick_s), NINE + MINUTE
    for n in range(int(240 * MINUTE / tick) + 1):
        # A run holds up the look at the clock that follows it, as a busy worker does.
        now = (
            NINE
            + n * tick
            + (timedelta(seconds=0.2) if runs and runs[-1] == NINE + (n - 1) * tick else 0 * tick)
        )
        plan = plan_due(MINUTELY, next_due, now, CatchUp.SKIP)
        assert plan.next_due is not None
        runs, next_due = runs + plan.due, plan.next_due
    assert runs == [NINE + n * MINUTE for n in range(1, 241)]


def calls_made(function: Callable[[], object]) -> int:
    """Return how many Python functions and generators were entered."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        function()
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.parametrize("mode", [CatchUp.SKIP, CatchUp.ONCE])
@pytest.mark.parametrize("text", ["1s", "1m", "1d", "1mo"])
def test_a_year_without_a_worker_costs_an_interval_no_more_than_a_week(text: str, mode: CatchUp) -> None:
    schedule = Schedule(every=parse_every(text), anchor=NINE, time_zone="Europe/Berlin")
    week = calls_made(lambda: plan_due(schedule, NINE, NINE + 7 * DAY, mode))
    year = calls_made(lambda: plan_due(schedule, NINE, NINE + 365 * DAY, mode))
    assert year < 400
    assert year < 2 * week


@pytest.mark.parametrize("text", ["* * * * *", "*/7 2 * * *", "30 2 * * *", "0 0 29 2 *"])
def test_a_year_without_a_worker_costs_a_cron_line_a_bounded_number_of_steps(text: str) -> None:
    schedule = Schedule(cron=text, anchor=NINE, time_zone="Europe/Berlin")
    calls = calls_made(lambda: plan_due(schedule, NINE, NINE + 365 * DAY, CatchUp.ONCE))
    assert calls < 25_000
