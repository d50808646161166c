"""Sources of work, and a broker that looks at them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from smallweb.core.cluster.broker import WorkBroker
from smallweb.core.cluster.work import work_sources
from tests.core.cluster.sources import Source


@pytest.fixture(autouse=True)
def no_other_sources() -> Iterator[None]:
    with work_sources.temporarily():
        work_sources._entries = {}
        yield


@pytest.fixture
def source() -> Source:
    source = Source()
    work_sources.register(source.entry)
    return source


@pytest.fixture
def broker(source: Source) -> Iterator[WorkBroker]:
    broker = WorkBroker(list_key="tests")
    yield broker
    if broker._bell is not None:
        broker._bell.close()
