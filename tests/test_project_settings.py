"""The settings of the repository's own project."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
_ASK = """
import django, logging
django.setup()
print(logging.getLogger("django.channels.server").isEnabledFor(logging.INFO))
"""


@pytest.mark.parametrize(("level", "shown"), [(None, "False"), ("INFO", "True")])
def test_requests_are_logged_only_on_demand(tmp_path: Path, level: str | None, shown: str) -> None:
    env = {name: value for name, value in os.environ.items() if name != "LOG_LEVEL"}
    env |= {"LOG_LEVEL": level} if level else {}
    env |= {"DJANGO_SETTINGS_MODULE": "smallweb_project.settings", "SMALLWEB_DATA": str(tmp_path)}
    env["PYTHONPATH"] = f"{ROOT / 'typings'}:{ROOT}"
    done = subprocess.run([sys.executable, "-c", _ASK], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == shown
