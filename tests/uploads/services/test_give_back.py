"""What a consumer has not done comes back, so often and no more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from smallweb.uploads import queue
from smallweb.uploads.models import QueueItem
from smallweb.uploads.services.give_back import DIED, give_back, take_back
from smallweb.uploads.services.take_item import LEASE_S, Held, take_item
from smallweb.uploads.services.try_again import try_again

pytestmark = pytest.mark.django_db
LATER = timedelta(seconds=LEASE_S + 1)


def _take(holder: str = "a") -> Held:
    held = take_item("mail", holder=holder, now=timezone.now())
    assert held is not None
    return held


def test_an_item_comes_back_with_its_error_and_before_the_others() -> None:
    queue("mail").put_many([1, 2])
    assert give_back(_take(), "ValueError: no\0", max_attempts=2)
    item = QueueItem.objects.get(value=1)
    assert (item.holder, item.attempts, item.has_failed) == ("", 1, False)
    assert item.error == "ValueError: no\N{REPLACEMENT CHARACTER}"
    assert _take("b").value == 1


def test_after_so_many_attempts_it_is_kept_as_failed_and_the_rest_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    queue("mail").put_many([1, 2])
    for _ in range(2):
        give_back(_take(), "no " * 500, max_attempts=2)
    item = QueueItem.objects.get(value=1)
    assert (item.holder, item.attempts, item.has_failed, len(item.error)) == ("", 2, True, 500)
    assert "has failed after attempt 2" in caplog.text
    assert _take().value == 2


def test_whoever_has_lost_it_gives_nothing_back() -> None:
    queue("mail").put(1)
    lost = _take("a")
    QueueItem.objects.update(holder="")
    _take("b")
    assert not give_back(lost, "late", max_attempts=1)
    assert QueueItem.objects.get().holder == "b"


def test_what_dead_consumers_hold_is_taken_back_at_once() -> None:
    queue("mail").put_many([1, 2, 3])
    for holder in ("dead", "living"):
        _take(holder)
    now = timezone.now()
    assert take_back("mail", now=now, max_attempts=5, is_dead=lambda holder: holder == "dead") == 1
    item = QueueItem.objects.get(value=1)
    assert (item.holder, item.attempts, item.error) == ("", 1, DIED)
    assert QueueItem.objects.get(value=2).holder == "living"
    assert take_back("mail", now=now, max_attempts=5, is_dead=lambda holder: holder == "dead") == 0


def test_what_is_held_too_long_is_taken_back_but_from_whom_asks() -> None:
    queue("mail").put_many([1, 2])
    queue("other").put(1)
    _take("a")
    _take("b")
    now = timezone.now()
    assert take_back("mail", now=now, max_attempts=1) == 0
    assert take_back("mail", now=now + LATER, max_attempts=1, but="a") == 1
    assert QueueItem.objects.get(holder="a").value == 1
    assert QueueItem.objects.get(value=2).has_failed


def test_only_what_has_failed_is_tried_again() -> None:
    queue("mail").put(1)
    item = QueueItem.objects.get()
    assert not try_again(item)
    give_back(_take(), "no", max_attempts=1)
    assert try_again(item)
    item.refresh_from_db()
    assert (item.has_failed, item.attempts, item.error) == (False, 0, "")
    assert not try_again(item)
