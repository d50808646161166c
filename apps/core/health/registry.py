"""Health checks: what is looked at, and what a look finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ..registry import Entry, Registry

Level = Literal["ok", "warning", "critical"]
LEVELS: tuple[Level, ...] = ("ok", "warning", "critical")

WARN_AFTER_S = 60.0
CRITICAL_AFTER_S = 600.0


@dataclass(frozen=True, kw_only=True)
class HealthResult:
    """``says``: what was found, a sentence; ``do``: what mends it, empty when all is well."""

    name: str
    level: Level
    says: str
    do: str = ""


@dataclass(frozen=True, kw_only=True)
class HealthCheck(Entry):
    """``look(now)`` should answer within a second or two, and may raise: that counts as critical.

    It is left out while the database does not answer, unless it ``needs_database`` not.
    """

    look: Callable[[datetime], HealthResult]
    needs_database: bool = True


health_checks: Registry[HealthCheck] = Registry("health check")


def lag_result(name: str, *, what: str, since: datetime | None, now: datetime, do: str) -> HealthResult:
    """Judge how long the oldest ``what`` (a plural) has waited: since then, or None of them waits.

    Up to WARN_AFTER_S seconds are ok, CRITICAL_AFTER_S are critical.
    """
    if since is None or since > now:
        return HealthResult(name=name, level="ok", says=f"No {what} wait.")
    waited_s = (now - since).total_seconds()
    says = f"The oldest of the {what} has waited for {waited_s:.0f} s."
    if waited_s <= WARN_AFTER_S:
        return HealthResult(name=name, level="ok", says=says)
    level: Level = "warning" if waited_s <= CRITICAL_AFTER_S else "critical"
    return HealthResult(name=name, level=level, says=says, do=do)
