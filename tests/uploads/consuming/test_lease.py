"""The lease of what takes long."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from smallweb.uploads import queue
from smallweb.uploads.consuming.lease import renewing
from smallweb.uploads.models import QueueItem
from tests.uploads.consuming.conftest import Consume
from tests.waiting import wait_for

Q = queue("mail")


@pytest.mark.django_db(transaction=True)
def test_it_is_renewed_while_the_function_works_and_its_loss_is_told(
    consume: Consume, caplog: pytest.LogCaptureFixture
) -> None:
    taker = consume()
    with renewing(taker, every_s=0.02):
        Q.put(1)
        Q.get()
        long_ago = timezone.now() - timedelta(days=1)
        QueueItem.objects.update(leased_until=long_ago)
        wait_for(lambda: QueueItem.objects.filter(leased_until__gt=timezone.now()).exists())
        assert "is lost" not in caplog.text
        QueueItem.objects.update(holder="another")
        wait_for(lambda: "the lease is lost" in caplog.text)
