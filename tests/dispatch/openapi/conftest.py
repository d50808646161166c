"""The sample's controllers, registered for one test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from smallweb.core.executions import tasks
from smallweb.dispatch.registry import endpoints, register_controller
from tests.dispatch.openapi.sample import Members, Shop


@pytest.fixture(autouse=True)
def shop() -> Iterator[None]:
    with endpoints.temporarily(), tasks.temporarily():
        register_controller(Shop, library="sample/things")
        register_controller(Members, library="sample/things")
        yield


@pytest.fixture
def document(client: Client, db: None) -> dict[str, Any]:
    """The document of a visitor."""
    return client.get("/openapi.json").json()  # type: ignore[no-any-return]
