"""Dispatch answers as its document says, to the right and wrong requests that schemathesis makes of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
import schemathesis
from django.contrib.auth.models import User
from hypothesis import HealthCheck, given, settings
from pytest_django.live_server_helper import LiveServer
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from smallweb.core.http.rate import _buckets
from smallweb.core.services.tokens import create_token
from smallweb.dispatch.openapi.inputs import JSON

pytestmark = [
    pytest.mark.once,
    pytest.mark.django_db(transaction=True),
    # Of Django's test server, which collects streams.
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]
LIMITS = settings(
    max_examples=4, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)

ODD = "/examples/odd/"
FAILING = ("Open/raises", "Open/slow", "Open/fails")
REFUSING = ("Open/teapot", "Shop/refuses", "asyncclass/triggerfunction")
"""What they are for."""

load_all_checks()
ANSWERS: list[Any] = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_schema_conformance",
        "response_headers_conformance",
    ]
)
ACCEPTED: list[Any] = CHECKS.get_by_names(["positive_data_acceptance"])
REFUSED: list[Any] = CHECKS.get_by_names(["negative_data_rejection"])


@pytest.fixture
def header() -> dict[str, str]:
    """What says that one is of the staff."""
    _, text = create_token(User.objects.create_user("eve", is_staff=True), name="t", scopes=["dispatch"])
    return {"Authorization": f"Bearer {text}"}


@pytest.fixture
def operations(header: dict[str, str], live_server: LiveServer) -> list[Any]:
    """All that a member of the staff may call and that is not made to fail."""
    schema = schemathesis.openapi.from_url(f"{live_server}/openapi.json", headers=header)
    results: Iterable[Any] = schema.get_all_operations()
    found = [one.ok() for one in results]
    return [one for one in found if not (one.path.startswith(ODD) or one.path.endswith(FAILING))]


def test_right_requests_are_answered_as_the_document_says(
    operations: list[Any], header: dict[str, str]
) -> None:
    asked = {one.label: ask(one, header, GenerationMode.POSITIVE, ACCEPTED) for one in operations}
    assert len(asked) > 80
    assert min(asked.values()) >= 1


def test_wrong_requests_are_refused_as_the_document_says(
    operations: list[Any], header: dict[str, str]
) -> None:
    strict = [one for one in operations if is_strict(one)]
    asked = {one.label: ask(one, header, GenerationMode.NEGATIVE, REFUSED) for one in strict}
    assert len(asked) > 20
    assert min(asked.values()) >= 1


def is_strict(operation: Any) -> bool:
    """Whether it refuses something: it takes what has a name, and more than texts and objects of any kind."""
    raw = operation.definition.raw
    takes = [one["name"] for one in raw.get("parameters", [])] or "requestBody" in raw
    return bool(takes) and takes != ["params"] and not operation.path.startswith("/status/")


def ask(operation: Any, header: dict[str, str], mode: GenerationMode, checks: list[Any]) -> int:
    """Send requests of one operation and judge the answers; return how many."""
    count = 0

    @LIMITS
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Case[Any]) -> None:
        nonlocal count
        count += 1
        _buckets.clear()
        answer = case.call(headers=header)
        own = checks if is_judged(case, answer, mode) else []
        case.validate_response(answer, checks=[*ANSWERS, *own])

    send()
    return count


def is_judged(case: Case[Any], answer: Any, mode: GenerationMode) -> bool:
    """Whether the schema alone decides what must become of the request."""
    if case.operation.path.endswith(REFUSING):
        return False
    if mode is GenerationMode.NEGATIVE:  # in a query or form all is text, of which more can be read
        return bool(case.media_type == JSON)
    return b"Expected `int`, got `float`" not in answer.content  # 2.0 is an integer for JSON Schema alone
