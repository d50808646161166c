from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from smallweb.periodic.services import sweep_sites as module
from smallweb.periodic.services.sweep_sites import EVERY, OLDER_THAN_S, sweep_sites

LEFT_OVER = ".index.html.12-0123456789ab.smallweb-tmp"


@pytest.fixture(autouse=True)
def _never_swept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_last", None)


def test_left_overs_are_removed_once_an_hour(site: Path, settings: Settings) -> None:
    settings.SMALLWEB_CORE |= {"SITES": {"": site, "gone": site / "gone"}}
    now = datetime.now(UTC)
    for after, found in ((timedelta(0), 1), (EVERY / 2, 0), (EVERY, 1)):
        left_over = site / LEFT_OVER
        left_over.touch()
        old = now.timestamp() - OLDER_THAN_S - 1
        os.utime(left_over, (old, old))
        assert sweep_sites(now + after) == found
        assert left_over.exists() == (not found)
    assert (site / "index.html").exists()
