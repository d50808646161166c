from __future__ import annotations

import threading
from datetime import datetime

import pytest

from smallweb.core.health import HealthCheck, HealthResult, health_checks
from smallweb.core.health.registry import Level
from smallweb.core.health.report import DATABASE, RecentReport, run_checks, worst
from tests.core.held_database import held_database
from tests.core.rows import NOW


class Look:
    """A check that finds what a test says, and counts how often it was asked."""

    def __init__(self, name: str, level: Level | None = "ok", *, needs_database: bool = True) -> None:
        self.level = level
        self.count = 0
        self.entry = HealthCheck(name=name, look=self.look, needs_database=needs_database)

    def look(self, now: datetime) -> HealthResult:
        self.count += 1
        if self.level is None:
            raise ValueError("no idea.")
        return HealthResult(name=self.entry.name, level=self.level, says="Said.")


@pytest.fixture(autouse=True)
def _no_other_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health_checks, "_entries", {})


def _register(*looks: Look) -> None:
    for look in looks:
        health_checks.register(look.entry)


def test_the_database_is_looked_at_first() -> None:
    _register(Look("a"), Look(DATABASE), Look("b"))
    assert [result.name for result in run_checks(NOW)] == [DATABASE, "a", "b"]


def test_what_a_check_raises_is_critical_and_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    _register(Look("a", None), Look("b", "warning"))
    broken, other = run_checks(NOW)
    assert (broken.level, broken.says) == ("critical", "ValueError: no idea.")
    assert other.level == "warning"
    assert worst([broken, other]) == "critical"
    assert worst([other]) == "warning"
    assert worst([]) == "ok"
    assert "health=a could not be looked at" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_what_needs_the_database_waits_until_it_answers() -> None:
    needy, free = Look("a"), Look("b", needs_database=False)
    _register(needy, free, Look(DATABASE, None))
    first, left_out, looked = run_checks(NOW)
    assert (first.level, left_out.level, looked.level) == ("critical", "warning", "ok")
    assert (needy.count, free.count) == (0, 1)


def test_answers_are_kept_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    look, report = Look("a"), RecentReport()
    _register(look)
    for _ in range(3):
        report.results(NOW)
    assert look.count == 1
    report.forget()
    report.results(NOW)
    assert look.count == 2
    monkeypatch.setattr("smallweb.core.health.report.KEPT_S", 0.0)
    report.results(NOW)
    assert look.count == 3


def test_who_asks_while_a_check_hangs_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smallweb.core.health.report.PATIENCE_S", 0.05)
    begun, go_on = threading.Event(), threading.Event()

    def hang(now: datetime) -> HealthResult:
        begun.set()
        assert go_on.wait(10)
        return HealthResult(name="a", level="ok", says="Said.")

    health_checks.register(HealthCheck(name="a", look=hang))
    report = RecentReport()
    asking = threading.Thread(target=report.results, args=(NOW,))
    asking.start()
    assert begun.wait(10)
    (answer,) = report.results(NOW)
    assert (answer.level, answer.name) == ("critical", "checks")
    go_on.set()
    asking.join()
    assert [result.level for result in report.results(NOW)] == ["ok"]


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_held_is_critical_and_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    from smallweb.core.health.checks import check_database

    monkeypatch.setattr("smallweb.core.health.checks.DATABASE_WITHIN_S", 0.05)
    health_checks.register(HealthCheck(name=DATABASE, look=check_database))
    with held_database():
        (result,) = run_checks(NOW)
    assert result.level == "critical"
    assert result.says.startswith("OperationalError: ")
    assert run_checks(NOW)[0].level == "ok"
