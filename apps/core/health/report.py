"""All checks, one after the other, each guarded; and the newest answers, kept for a moment."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from .registry import LEVELS, HealthCheck, HealthResult, Level, health_checks

logger = logging.getLogger(__name__)

KEPT_S = 2.0
# Whoever asks while others are looking waits so long for their answer.
PATIENCE_S = 10.0
DATABASE = "database"


def run_checks(now: datetime) -> list[HealthResult]:
    """Return what each registered check finds, the database's first. Never raises."""
    checks = sorted(health_checks, key=lambda check: check.name != DATABASE)
    results: list[HealthResult] = []
    answers = True
    for check in checks:
        result = _look(check, now) if answers or not check.needs_database else _left_out(check)
        results.append(result)
        if check.name == DATABASE:
            answers = result.level != "critical"
    return results


def worst(results: Sequence[HealthResult]) -> Level:
    return max((result.level for result in results), key=LEVELS.index, default="ok")


class RecentReport:
    """What the checks found, at most KEPT_S seconds ago, so that asking often costs nothing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: tuple[float, list[HealthResult]] | None = None

    def results(self, now: datetime) -> list[HealthResult]:
        """Return the kept results or look anew, one caller at a time. Never raises."""
        if not self._lock.acquire(timeout=PATIENCE_S):
            return [_overdue()]
        try:
            if self._kept is None or time.monotonic() >= self._kept[0] + KEPT_S:
                results = run_checks(now)
                self._kept = (time.monotonic(), results)
            return self._kept[1]
        finally:
            self._lock.release()

    def forget(self) -> None:
        """Look anew the next time."""
        self._kept = None


recent_report = RecentReport()


def _look(check: HealthCheck, now: datetime) -> HealthResult:
    try:
        return check.look(now)
    except Exception as error:
        logger.warning("health=%s could not be looked at", check.name, exc_info=True)
        if check.name == DATABASE and not connection.in_atomic_block:
            connection.close()  # the next look gets a new one
        says = f"{type(error).__name__}: {error}".rstrip(".\n ") + "."
        return HealthResult(name=check.name, level="critical", says=says, do="Read the log for more.")


def _left_out(check: HealthCheck) -> HealthResult:
    says = "Not looked at, since the database does not answer."
    return HealthResult(name=check.name, level="warning", says=says, do="Mend the database first.")


def _overdue() -> HealthResult:
    says = f"The checks have not come to an end within {PATIENCE_S:g} s."
    return HealthResult(name="checks", level="critical", says=says, do="Run manage.py smallweb_health.")
