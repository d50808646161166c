"""The settings of the repository's own project."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent
_ASK = """
import django, logging
django.setup()
print(logging.getLogger("django.channels.server").isEnabledFor(logging.INFO))
"""


_FOREIGN = ("LOG_LEVEL", "DATABASE_URL", "REDIS_URL", "SMALLWEB_SITE", "SMALLWEB_APPS")


def _run(data: Path, *command: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the project, with all that it makes in ``data``."""
    own = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
    own |= {"DJANGO_SETTINGS_MODULE": "smallweb_project.settings", "SMALLWEB_DATA": str(data), **env}
    own["PYTHONPATH"] = f"{ROOT / 'typings'}:{ROOT}"
    return subprocess.run([sys.executable, *command], cwd=ROOT, env=own, capture_output=True, text=True)


@pytest.mark.parametrize(("level", "shown"), [({}, "False"), ({"LOG_LEVEL": "INFO"}, "True")])
def test_requests_are_logged_only_on_demand(tmp_path: Path, level: dict[str, str], shown: str) -> None:
    assert _run(tmp_path, "-c", _ASK, **level).stdout.strip() == shown


def test_the_demo_comes_where_no_start_page_is(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "hello.html").write_text("mine")
    (site / "style.css").write_text("mine, too")
    migrated = _run(tmp_path, "manage.py", "migrate", "--verbosity=0")
    assert (migrated.returncode, migrated.stderr) == (0, "")
    assert "<h1>" in (site / "index.html").read_text()
    assert (site / "style.css").read_text() == "mine, too"
    (site / "index.html").write_text("my own start")
    (site / "icon.svg").unlink()
    (site / "room.html").unlink()
    assert _run(tmp_path, "manage.py", "migrate", "--verbosity=0").returncode == 0
    assert not (site / "icon.svg").exists()
    assert not (site / "room.html").exists()
    assert (site / "index.html").read_text() == "my own start"


def test_the_workers_want_a_migrated_database(tmp_path: Path) -> None:
    refused = _run(tmp_path, "manage.py", "qcluster")
    assert refused.returncode == 1
    assert refused.stderr.strip().endswith("run manage.py migrate first.")
