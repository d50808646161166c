"""A bus of its own for each test; no row, figure or entry of a log outlives it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smallweb.core.channels.bus.base import get_bus
from smallweb.dispatch.services.log_requests import request_log
from smallweb.dispatch.services.policy import policy
from smallweb.dispatch.services.watch_requests import forget_figures
from tests.core.buses import bus_url


@pytest.fixture(autouse=True)
def dispatching(tmp_path: Path, settings: Any) -> Iterator[None]:
    settings.SMALLWEB_CORE = {
        **settings.SMALLWEB_CORE,
        "RUN_DIR": tmp_path / "run",
        "BUS_URL": bus_url("sqlite", tmp_path),
    }
    policy.forget()
    forget_figures()
    yield
    request_log.forget()
    policy.forget()
    get_bus().close()
