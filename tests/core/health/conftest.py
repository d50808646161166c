"""Each test looks anew."""

from __future__ import annotations

import pytest

from smallweb.core.health.report import recent_report


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    recent_report.forget()
