"""The environment of a process of the measured site."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from .scenario import Scenario

ROOT = Path(__file__).resolve().parent.parent.parent
_FOREIGN = ("DATABASE_URL", "REDIS_URL", "SMALLWEB_SITE")


def environment_of(data: Path, scenario: Scenario) -> dict[str, str]:
    """Return this process's own environment, pointed at the site in ``data``."""
    return {
        **without_foreign(os.environ),
        **scenario.environment(),
        "PYTHONPATH": f"{ROOT / 'typings'}{os.pathsep}{ROOT}",
        "DJANGO_SETTINGS_MODULE": "bench.host.settings",
        "SMALLWEB_DATA": str(data),
    }


def without_foreign(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what does not name somebody's servers or pages."""
    return {name: value for name, value in environment.items() if name not in _FOREIGN}
