"""What a task may know of the request that started it."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from smallweb.dispatch.background import TaskRequest, keep

SECRETS = ("Cookie", "Authorization", "Proxy-Authorization", "X-CSRFToken", "X-Api-Key", "X-Auth-Token")


def test_what_is_left_of_a_request() -> None:
    request = RequestFactory().get("/shop/Cart/order?a=1", headers={"X-Trace": "7", "Host": "shop.example"})
    left = TaskRequest(keep(request), AnonymousUser())
    assert (left.method, left.path, left.GET["a"]) == ("GET", "/shop/Cart/order", "1")
    assert (left.headers["X-Trace"], left.build_absolute_uri()) == (
        "7",
        "http://shop.example/shop/Cart/order?a=1",
    )


def test_headers_that_are_secret_are_not_stored() -> None:
    request = RequestFactory().get("/", headers=dict.fromkeys(SECRETS, "secret"))
    assert "secret" not in str(keep(request))
