from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from smallweb.core.cluster.truce import Truce

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_while_the_clock_goes_on_there_is_none() -> None:
    truce = Truce()
    assert [truce.is_on(_after(second)) for second in range(5)] == [False] * 5


def test_a_jump_ahead_begins_one() -> None:
    truce = Truce()
    truce.is_on(NOW)
    assert truce.is_on(_after(3600))
    assert truce.is_on(_after(3601))


def test_a_clock_that_is_set_back_begins_none() -> None:
    truce = Truce()
    truce.is_on(NOW)
    assert not truce.is_on(_after(-3600))


def test_it_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smallweb.core.cluster.truce.TRUCE_S", 0.0)
    truce = Truce()
    truce.is_on(NOW)
    assert not truce.is_on(_after(3600))
