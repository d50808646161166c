from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from smallweb.core import prune_rows as pruning
from smallweb.core.prune_rows import prune_rows
from smallweb.rpc.models import CallRecord
from smallweb.rpc.services.log_calls import CallLog

pytestmark = pytest.mark.django_db


def _make(*, days_ago: float) -> CallRecord:
    at = timezone.now() - timedelta(days=days_ago)
    return CallRecord.objects.create(at=at, path="a.b", verb="call", outcome="ok", duration_ms=1)


def test_old_calls_are_forgotten_now_and_then(settings: Any) -> None:
    settings.SMALLWEB_RPC = {"LOG_KEEP_DAYS": 2}
    _make(days_ago=3)
    kept = _make(days_ago=1)
    log = CallLog()
    log.prune_now_and_then()
    assert CallRecord.objects.get() == kept
    _make(days_ago=100)
    log.prune_now_and_then()
    assert CallRecord.objects.count() == 2


def test_of_too_many_calls_the_newest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "MAX_ROWS", 3)
    rows = [_make(days_ago=0) for _ in range(5)]
    assert prune_rows(CallRecord, before=timezone.now() - timedelta(days=1)) == 2
    assert set(CallRecord.objects.all()) == set(rows[2:])
