from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from smallweb.core.health.disk import disk_check
from tests.core.rows import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    """A place for all that the site writes, of which nothing is made yet."""
    settings.SMALLWEB_CORE = {
        "SITES": {"": tmp_path / "site"},
        "RUN_DIR": tmp_path / "run",
        "BUS_URL": f"sqlite:///{tmp_path}/bus.sqlite3",
    }
    return tmp_path


def _want(settings: Any, free_bytes: int) -> None:
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "HEALTH_MIN_FREE_BYTES": free_bytes}


def test_room_enough_is_well_also_where_folders_are_still_to_be_made(folder: Path, settings: Any) -> None:
    _want(settings, 1)
    result = disk_check(NOW)
    assert (result.level, result.do) == ("ok", "")


@pytest.mark.parametrize(("share", "level"), [(2, "warning"), (1000, "critical")])
def test_a_disk_that_fills_is_told_of(folder: Path, settings: Any, share: int, level: str) -> None:
    _want(settings, shutil.disk_usage(folder).free * share)
    result = disk_check(NOW)
    assert result.level == level
    assert "HEALTH_MIN_FREE_BYTES" in result.do


def test_a_bus_on_another_machine_has_no_disk_here(folder: Path, settings: Any) -> None:
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "BUS_URL": "redis://127.0.0.1/"}
    _want(settings, 1)
    assert disk_check(NOW).level == "ok"
