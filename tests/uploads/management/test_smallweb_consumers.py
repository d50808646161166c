"""``manage.py smallweb_consumers``; that it runs them is shown by real processes elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from smallweb.uploads import queue
from smallweb.uploads.models import QueueItem
from smallweb.uploads.queue_consumers import Consumer, consumers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_consumers() -> Iterator[None]:
    with consumers.temporarily():
        yield


def _said(*arguments: str, **options: Any) -> str:
    output = StringIO()
    call_command("smallweb_consumers", *arguments, stdout=output, **options)
    return output.getvalue()


def test_the_list_says_what_waits_and_who_works() -> None:
    queue("mail").put_many([1, 2, 3])
    queue("films").put(1)
    QueueItem.objects.filter(value=1, queue="mail").update(has_failed=True)
    with consumers.temporarily(
        Consumer(name="mail", function=print, processes=2), Consumer(name="post", function=print)
    ):
        _head, *lines = _said("--list").splitlines()
    assert [(line.split()[:4], line.split("  ")[-1]) for line in lines] == [
        (["films", "1", "0", "0"], "none in code"),
        (["mail", "2", "0", "1"], "0 of 2"),
        (["post", "0", "0", "0"], "0 of 1"),
    ]


def test_a_consumer_that_the_code_lacks_is_told() -> None:
    with (
        consumers.temporarily(Consumer(name="numbers", function=print)),
        pytest.raises(CommandError, match="Did you mean 'numbers'"),
    ):
        _said("--only", "number")


def test_without_consumers_there_is_nothing_to_run() -> None:
    assert "No consumers are registered" in _said()


def test_one_thing_at_a_time() -> None:
    with pytest.raises(CommandError, match="not allowed with"):
        _said("--list", "--only", "a")
