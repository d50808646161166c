"""A site that is ready to run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from .environment import ROOT, environment_of
from .pages import write_pages
from .scenario import Scenario


def prepare(data: Path, scenario: Scenario) -> None:
    """Write the pages and fill the database, so that every job is due."""
    write_pages(data / "site", scenario)
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    subprocess.run(migrate, cwd=ROOT, env=environment_of(data, scenario), check=True)
