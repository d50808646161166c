from __future__ import annotations

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from tests.core.held_database import held_database
from tests.core.rows import make_cluster, make_task
from tests.source import ROOT

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _room_enough(settings: Any) -> None:
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "HEALTH_MIN_FREE_BYTES": 1}


def _run(*options: str) -> tuple[int, str]:
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("smallweb_health", *options, stdout=out)
    return int(str(ended.value.code)), out.getvalue()


def _start_workers() -> None:
    now = timezone.now()
    make_cluster(started_at=now, seen_at=now)


def test_a_site_that_is_well_ends_with_0() -> None:
    _start_workers()
    status, said = _run()
    assert status == 0
    assert {line.split()[0] for line in said.splitlines()} == {"ok"}


def test_quiet_says_nothing_of_what_is_well() -> None:
    _start_workers()
    assert _run("--quiet") == (0, "")


def test_a_warning_ends_with_1_and_says_what_to_do() -> None:
    status, said = _run("--quiet")
    assert status == 1
    assert said.startswith("warning  workers    No cluster lives; nothing waits for one. Run manage.py")


def test_what_is_critical_ends_with_2() -> None:
    make_task()
    assert _run()[0] == 2


def test_json_is_for_programs() -> None:
    status, said = _run("--json")
    answer = json.loads(said)
    assert (status, answer["status"]) == (1, "warning")
    assert {"name": "leases", "level": "ok", "says": "Dead workers hold nothing.", "do": ""} in answer[
        "checks"
    ]


def test_a_held_database_ends_with_2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smallweb.core.health.checks.DATABASE_WITHIN_S", 0.05)
    with held_database():
        status, said = _run("--quiet")
    assert status == 2
    assert "critical database   OperationalError" in said


@pytest.mark.once
def test_an_empty_database_is_critical_in_a_process_of_its_own(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "typings"), str(ROOT)]),
    }
    command = [sys.executable, "-m", "django", "smallweb_health", "--quiet"]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert "critical database" in ended.stdout
