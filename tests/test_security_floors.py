"""No dependency is older than its newest release that mends a hole that this suite would open."""

from __future__ import annotations

from importlib.metadata import version

import pytest
from packaging.version import Version

pytestmark = pytest.mark.once

FLOORS = {
    "django": "5.2.14",
    "daphne": "4.2.2",
}


@pytest.mark.parametrize(("distribution", "floor"), FLOORS.items())
def test_a_dependency_is_not_below_its_security_floor(distribution: str, floor: str) -> None:
    installed = version(distribution)
    assert Version(installed) >= Version(floor), (
        f"{distribution} {installed} is installed; {floor} or newer is needed. Run make lock, then make test."
    )
