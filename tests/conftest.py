"""What every test of the suite may use."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.services import require_service
from tests.settings import HOME, RUN_DIR

__all__ = ["require_service"]


def pytest_configure() -> None:
    HOME.mkdir(parents=True, exist_ok=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        shutil.rmtree(RUN_DIR, ignore_errors=True)
