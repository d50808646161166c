"""All that holds for objects in the web process holds for those in the owner process: the same tests."""

from __future__ import annotations

import pytest

from tests.rpc.test_calls import *  # noqa: F403
from tests.rpc.test_limits import *  # noqa: F403


@pytest.fixture(autouse=True)
def in_the_owner(owner: None) -> None:
    """Run them with an owner."""
