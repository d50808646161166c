"""The pauses between attempts."""

from __future__ import annotations

import pytest

from smallweb.rpc.client.backoff import reconnect_delay_s

pytestmark = pytest.mark.once


def test_the_delay_doubles_up_to_half_a_minute() -> None:
    longest = [reconnect_delay_s(attempt, chance=lambda: 1.0) for attempt in range(9)]
    assert longest == [0.25, 0.5, 1, 2, 4, 8, 16, 30, 30]
    assert reconnect_delay_s(10**9, chance=lambda: 1.0) == 30


def test_half_of_the_delay_is_chance() -> None:
    assert reconnect_delay_s(2, chance=lambda: 0.0) == 0.5
    assert 0.5 <= reconnect_delay_s(2) <= 1.0
