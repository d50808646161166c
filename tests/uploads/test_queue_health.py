"""What monitors hear of queues."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from smallweb.core.health import health_checks
from smallweb.core.metrics import metric_sources
from smallweb.uploads import queue
from smallweb.uploads.models import QueueItem
from smallweb.uploads.queue_consumers import Consumer, consumers
from smallweb.uploads.services import describe_queues as module

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def test_the_oldest_item_that_waits_says_how_it_goes() -> None:
    check = health_checks.get("queues")
    assert check.look(NOW).level == "ok"
    queue("mail").put_many("abc")
    QueueItem.objects.update(created_at=NOW - timedelta(minutes=2))
    QueueItem.objects.filter(value="a").update(created_at=NOW - timedelta(days=1), has_failed=True)
    QueueItem.objects.filter(value="b").update(created_at=NOW - timedelta(days=1), holder="x")
    result = check.look(NOW)
    assert (result.level, result.says) == (
        "warning",
        "The oldest of the items of queues has waited for 120 s.",
    )
    assert "qcluster" in result.do


def test_each_queue_has_its_numbers() -> None:
    queue("mail").put_many("abc")
    QueueItem.objects.update(created_at=NOW - timedelta(seconds=30))
    QueueItem.objects.filter(value="a").update(has_failed=True)
    with consumers.temporarily(Consumer(name="idle", function=print)):
        items, oldest = metric_sources.get("queues").read(NOW)
    assert items.values["mail", "waiting"] == 2
    assert items.values["mail", "failed"] == 1
    assert items.values["idle", "waiting"] == items.values["mail", "held"] == 0
    assert oldest.values["mail",] == 30
    assert oldest.values["idle",] == 0


def test_no_more_than_the_oldest_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_COUNTED", 2)
    queue("mail").put_many("abc")
    (figures,) = [one for one in module.describe_queues() if one.name == "mail"]
    assert figures.waiting == 2
