"""The environment of a process of the measured site."""

from __future__ import annotations

import os
from pathlib import Path

from .scenario import Scenario

ROOT = Path(__file__).resolve().parent.parent.parent
_FOREIGN = ("DATABASE_URL", "REDIS_URL", "SMALLWEB_SITE")


def environment_of(data: Path, scenario: Scenario) -> dict[str, str]:
    """Return this process's own environment, pointed at the site in ``data``."""
    kept = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
    return {
        **kept,
        **scenario.environment(),
        "PYTHONPATH": f"{ROOT / 'typings'}{os.pathsep}{ROOT}",
        "DJANGO_SETTINGS_MODULE": "bench.host.settings",
        "SMALLWEB_DATA": str(data),
    }
