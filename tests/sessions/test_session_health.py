"""What health and metrics say of sessions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from smallweb.core.health import health_checks
from smallweb.core.metrics import metric_sources
from smallweb.sessions.registry import apps, describe_app
from smallweb.sessions.session_health import NAME, check_sessions, read_sessions
from tests.sessions.hosted import begin, looked_at

pytestmark = pytest.mark.once

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_they_are_registered_and_need_no_database() -> None:
    assert health_checks.get(NAME).look is check_sessions
    assert not health_checks.get(NAME).needs_database
    assert metric_sources.get(NAME).read is read_sessions


def test_no_host_is_no_fault(no_host: None) -> None:
    found = check_sessions(NOW)
    assert (found.level, found.says[:18]) == ("ok", "No app host runs; ")
    assert _gauges()["smallweb_apphost_up"] == {(): 0}
    assert _gauges()["smallweb_sessions"] == {}


@pytest.mark.parametrize(("most", "level"), [(0, "ok"), (10, "ok"), (2, "warning"), (1, "warning")])
def test_a_full_machine_is_told_before_somebody_is_refused(
    most: int, level: str, host: None, settings: Any
) -> None:
    settings.SMALLWEB_SESSIONS = {"MAX_SESSIONS": most}
    begin()
    begin()
    found = check_sessions(NOW)
    assert found.level == level
    assert ("2 of" in found.says) == bool(most)
    assert bool(found.do) == (level != "ok")
    assert found.says.endswith("MiB.")


def test_it_is_critical_when_nobody_can_make_room(host: None, settings: Any) -> None:
    settings.SMALLWEB_SESSIONS = {"MAX_SESSIONS": 1}
    with looked_at(begin()):
        found = check_sessions(NOW)
    assert (found.level, found.says[-21:]) == ("critical", "nobody else gets one.")


def test_the_numbers_are_told_by_app(host: None, settings: Any) -> None:
    settings.SMALLWEB_SESSIONS = {"MAX_SESSIONS": 7}
    with apps.temporarily(describe_app("talker", "tests.sessions.talker:app")):
        for name in ("talker", "talker", "of-a-view"):
            begin(name)
        found = _gauges()
    assert found["smallweb_sessions"] == {("talker",): 2, ("other",): 1}
    assert found["smallweb_sessions_memory_bytes"]["talker",] > 2**20
    assert found["smallweb_sessions_most"] == {(): 7}
    assert found["smallweb_apphost_up"] == {(): 1}


def _gauges() -> dict[str, Any]:
    return {gauge.name: dict(gauge.values) for gauge in read_sessions(NOW)}
