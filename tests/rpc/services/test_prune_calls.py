from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from smallweb.rpc.models import CallRecord
from smallweb.rpc.services import prune_calls as pruning
from smallweb.rpc.services.prune_calls import prune_calls, prune_now_and_then

pytestmark = pytest.mark.django_db


def _make(*, days_ago: float) -> CallRecord:
    at = timezone.now() - timedelta(days=days_ago)
    return CallRecord.objects.create(at=at, path="a.b", verb="call", outcome="ok", duration_ms=1)


def test_old_calls_are_forgotten(settings: Any) -> None:
    settings.SMALLWEB_RPC = {"LOG_KEEP_DAYS": 2}
    _make(days_ago=3)
    kept = _make(days_ago=1)
    assert prune_calls(timezone.now()) == 1
    assert CallRecord.objects.get() == kept


def test_of_too_many_calls_the_newest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "MAX_ROWS", 3)
    rows = [_make(days_ago=0) for _ in range(5)]
    assert prune_calls(timezone.now()) == 2
    assert set(CallRecord.objects.all()) == set(rows[2:])


def test_it_is_done_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "_pruned_at", float("-inf"))
    _make(days_ago=100)
    prune_now_and_then()
    assert not CallRecord.objects.exists()
    _make(days_ago=100)
    prune_now_and_then()
    assert CallRecord.objects.exists()
