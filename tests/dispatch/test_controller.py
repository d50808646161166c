"""What methods have in ``self``."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.test import RequestFactory

from smallweb.dispatch.exceptions import CannotDispatch
from smallweb.dispatch.models import Ticket
from tests.host.controllers.examples.probe import Open

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def request_of_ann(rf: RequestFactory) -> HttpRequest:
    request = rf.get("/examples/probe/Open/hello", headers={"cookie": "secret"})
    request.user = User.objects.create_user("ann")
    return request


def serving(request: HttpRequest) -> Open:
    controller = Open()
    controller._request = request
    return controller


def test_a_method_is_started_and_its_ticket_is_the_users(request_of_ann: HttpRequest) -> None:
    started = serving(request_of_ann).start("count", to=3)
    ticket = Ticket.objects.get()
    assert started == {"type": "task", "id": str(ticket.token)}
    assert (ticket.user, ticket.path) == (request_of_ann.user, "examples/probe/Open/count")
    assert "secret" not in str(ticket.run.arguments)


async def test_a_coroutine_starts_a_method(request_of_ann: HttpRequest) -> None:
    started = await serving(request_of_ann).astart("count", to=3)
    ticket = await Ticket.objects.aget()
    assert started == {"type": "task", "id": str(ticket.token)}


@pytest.mark.parametrize(
    ("method", "arguments"),
    [("nothing_such", {}), ("start", {}), ("__init__", {}), ("count", {}), ("count", {"to": "three"})],
)
def test_what_cannot_be_started_is_refused(
    request_of_ann: HttpRequest, method: str, arguments: dict[str, Any]
) -> None:
    with pytest.raises(CannotDispatch):
        serving(request_of_ann).start(method, **arguments)
    assert not Ticket.objects.exists()


def test_a_controller_made_by_hand_serves_no_request() -> None:
    with pytest.raises(CannotDispatch, match="made by hand"):
        _ = Open().request
