"""Objects that say nothing live in the owner process here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.rpc.owner.running import owner_running


@pytest.fixture
def owned(serving: None, settings: Any) -> None:
    """Have what is served from now on live in the owner process, which may not run."""
    settings.SMALLWEB_RPC = {**getattr(settings, "SMALLWEB_RPC", {}), "OWNER": "process"}


@pytest.fixture
def owner(owned: None) -> Iterator[None]:
    """Run the owner, too."""
    with owner_running():
        yield
