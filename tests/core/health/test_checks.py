from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from smallweb.core.channels.bus.base import Missed, get_bus
from smallweb.core.cluster.work import work_sources
from smallweb.core.exceptions import BusUnavailable
from smallweb.core.health.checks import (
    check_bus,
    check_database,
    check_leases,
    check_migrations,
    check_task_lag,
    check_workers,
)
from smallweb.core.models import Cluster
from tests.core.bus_remains import remove_bus
from tests.core.buses import bus_url
from tests.core.rows import NOW, after, make_cluster, make_running, make_task

pytestmark = pytest.mark.django_db


def test_a_database_that_takes_a_row_is_well_and_keeps_nothing() -> None:
    assert check_database(NOW).level == "ok"
    assert not Cluster.objects.exists()


def test_a_row_that_is_not_there_after_its_write_is_critical(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Cluster, "save", lambda self, **options: None)
    assert check_database(NOW).level == "critical"


def test_migrations_that_are_not_applied_are_critical() -> None:
    assert check_migrations(NOW).level == "ok"
    ((_, newest),) = MigrationLoader(connection).graph.leaf_nodes("smallweb_core")
    MigrationRecorder(connection).record_unapplied("smallweb_core", newest)
    result = check_migrations(NOW)
    assert result.level == "critical"
    assert f"smallweb_core.{newest}" in result.says
    assert "migrate" in result.do


@pytest.fixture(params=["sqlite", "redis", "postgres"])
def own_bus(request: pytest.FixtureRequest, tmp_path: Path, settings: Any) -> Iterator[None]:
    url = bus_url(request.param, tmp_path)
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "RUN_DIR": tmp_path / "run", "BUS_URL": url}
    yield
    remove_bus(get_bus())


@pytest.mark.usefixtures("own_bus")
def test_a_bus_that_brings_back_what_it_was_given_is_well() -> None:
    assert check_bus(NOW).level == "ok"


@pytest.mark.usefixtures("own_bus")
@pytest.mark.parametrize("fault", ["nothing comes", "it is missed"])
def test_a_bus_that_brings_nothing_back_is_critical(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(self: object, *, timeout_s: float) -> list[Any]:
        if fault == "it is missed":
            raise Missed
        return []

    tail = get_bus().tail()
    monkeypatch.setattr(type(tail), "read", read)
    monkeypatch.setattr("smallweb.core.health.checks.BUS_WITHIN_S", 0.05)
    tail.close()
    assert check_bus(NOW).level == "critical"


def test_a_bus_that_is_not_there_says_so(settings: Any) -> None:
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "BUS_URL": "redis://127.0.0.1:1/"}
    with pytest.raises(BusUnavailable):
        check_bus(NOW)


def test_no_worker_is_a_warning_while_nothing_waits() -> None:
    make_cluster(seen_at=after(-31))
    make_task(run_after=after(-59))
    result = check_workers(NOW)
    assert (result.level, "qcluster" in result.do) == ("warning", True)


def test_no_worker_is_critical_once_work_has_waited_a_minute() -> None:
    make_task(run_after=after(-61))
    result = check_workers(NOW)
    assert result.level == "critical"
    assert "tasks" in result.says


def test_a_cluster_that_lives_is_well() -> None:
    make_cluster(workers=3)
    make_task(run_after=after(-61))
    assert check_workers(NOW).says == "Clusters that live: 1, with 3 workers."


def test_every_source_of_work_is_asked_for_what_waits() -> None:
    assert {"tasks", "periodic"} <= {source.name for source in work_sources}


@pytest.mark.parametrize(("waited_s", "level"), [(59, "ok"), (61, "warning"), (601, "critical")])
def test_tasks_that_wait_for_long_are_told_of(waited_s: float, level: str) -> None:
    make_task(run_after=after(-waited_s))
    make_task(run_after=after(3600))
    make_running(uuid.uuid4(), 7, run_after=after(-9000))
    assert check_task_lag(NOW).level == level


def test_runs_that_dead_workers_hold_are_told_of() -> None:
    make_running(uuid.uuid4(), 7, lease_expires_at=after(-59))
    assert check_leases(NOW).level == "ok"
    make_running(uuid.uuid4(), 7, lease_expires_at=after(-61))
    result = check_leases(NOW)
    assert (result.level, result.says[:1]) == ("warning", "1")
