"""The acceptance tests' own ground: the project starts, comes back after a crash, and leaves nothing."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from tests.acceptance.running_site import running_site
from tests.waiting import wait_for

pytestmark = pytest.mark.once


def test_the_demo_runs_survives_a_crash_of_the_web_server_and_ends_with_every_process(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running_site(data) as site:
        page = site.folder / "index.html"
        before = page.read_bytes()
        wait_for(lambda: page.read_bytes() != before)
        site.kill_web()
        wait_for(lambda: "starting it again" in site.log.read_text())
        started = site.processes()
        assert len(started) > 3
    assert not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in started)
