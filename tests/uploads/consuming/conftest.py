"""A consumer that is this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from smallweb.uploads.consuming.taker import Taker, taking
from smallweb.uploads.queue_consumers import Consumer

Consume = Callable[..., Taker]


@pytest.fixture
def consume(db: None) -> Iterator[Consume]:
    """Return a function that makes this process the consumer of the queue "mail"."""
    with ExitStack() as stack:

        def begin(function: Callable[..., Any] = print, **options: Any) -> Taker:
            made = Consumer(name="mail", function=function, **options)
            taker = Taker(made, holder="me")
            stack.enter_context(taking(taker))
            return taker

        yield begin
