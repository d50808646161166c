"""The requests that docs/http.md shows, sent."""

from __future__ import annotations

import json

import pytest
from django.test import AsyncClient

from tests.snippets import snippets_of
from tests.source import ROOT

pytestmark = pytest.mark.once

SHOWN = [s for s in snippets_of(ROOT / "docs/http.md") if s.language == "json" and s.title]
PAIRS = list(zip(SHOWN[::2], SHOWN[1::2], strict=True))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("request_", "answer"), PAIRS, ids=lambda snippet: f"line {snippet.line}")
async def test_a_request_is_answered_as_shown(request_: object, answer: object) -> None:
    sent = json.loads(request_.text)  # type: ignore[attr-defined]
    client = AsyncClient(headers={"host": "testserver"})
    response = await client.post("/rpc/", sent, content_type="application/json")
    assert response.json() == json.loads(answer.text)  # type: ignore[attr-defined]
