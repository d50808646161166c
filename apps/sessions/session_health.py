"""What health and metrics say of sessions; both are those of this machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from ..core.health import HealthCheck, HealthResult, health_checks
from ..core.metrics import Gauge, MetricSource, metric_sources
from .conf import sessions_settings
from .registry import apps
from .services.manage_sessions import Listed, list_sessions

NAME = "sessions"
OTHER = "other"
WARN_AT = 0.9
_MIB = 2**20
_MORE_ROOM = "Raise MAX_SESSIONS, or set TIMEOUT_INACTIVITY_S so that what nobody uses ends."


def check_sessions(now: datetime) -> HealthResult:
    """Ask the host. A host that does not run is no fault: the first visitor has it started."""
    listed = list_sessions()
    if not listed.has_host:
        says = "No app host runs; it is started with the first visitor."
        return HealthResult(name=NAME, level="ok", says=says)
    most, count = sessions_settings().max_sessions, len(listed.sessions)
    size = f"{count} of {most}" if most else f"{count}"
    says = f"{size} sessions run, with {_memory(listed) // _MIB} MiB."
    if not most or count < most * WARN_AT:
        return HealthResult(name=NAME, level="ok", says=says)
    if count >= most and all(one.tabs for one in listed.sessions):
        says += " All of them are looked at: nobody else gets one."
        return HealthResult(name=NAME, level="critical", says=says, do=_MORE_ROOM)
    return HealthResult(name=NAME, level="warning", says=says, do=_MORE_ROOM)


def read_sessions(now: datetime) -> Iterator[Gauge]:
    listed = list_sessions()
    counted: Counter[tuple[str, ...]] = Counter()
    taken: Counter[tuple[str, ...]] = Counter()
    for one in listed.sessions:
        label = one.app if one.app in apps else OTHER
        counted[label,] += 1
        taken[label,] += one.memory_bytes
    yield Gauge(
        name="smallweb_apphost_up",
        help="Whether an app host runs on this machine.",
        values={(): int(listed.has_host)},
    )
    yield Gauge(
        name="smallweb_sessions",
        help="Sessions that run on this machine.",
        labels=("app",),
        values=counted,
    )
    yield Gauge(
        name="smallweb_sessions_memory_bytes",
        help="Memory of the sessions: what is their own, and their share of what they share.",
        labels=("app",),
        values=taken,
    )
    yield Gauge(
        name="smallweb_sessions_most",
        help="How many sessions may run on this machine; 0 is any number.",
        values={(): sessions_settings().max_sessions},
    )


def _memory(listed: Listed) -> int:
    return sum(one.memory_bytes for one in listed.sessions)


def register_sessions(origin: str) -> None:
    health_checks.register(HealthCheck(name=NAME, origin=origin, look=check_sessions, needs_database=False))
    metric_sources.register(MetricSource(name=NAME, origin=origin, read=read_sessions))
