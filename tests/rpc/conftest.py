"""A bus of its own for each test, and what is served forgotten at its end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smallweb.core.access import access_rules
from smallweb.core.channels.bus.base import get_bus
from smallweb.rpc.registry import serving_temporarily
from smallweb.rpc.services.log_calls import call_log
from smallweb.rpc.services.policy import get_policy
from tests.core.buses import bus_url


@pytest.fixture(autouse=True)
def serving(tmp_path: Path, settings: Any) -> Iterator[None]:
    settings.SMALLWEB_CORE = {
        **settings.SMALLWEB_CORE,
        "RUN_DIR": tmp_path / "run",
        "BUS_URL": bus_url("sqlite", tmp_path),
    }
    get_policy().forget()
    with serving_temporarily(), access_rules.temporarily():
        yield
    call_log.forget()
    get_bus().close()
