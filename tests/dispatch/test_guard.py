"""What a page must send so that a request counts as its user's own."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.middleware.csrf import get_token
from django.test import Client, RequestFactory

pytestmark = pytest.mark.django_db(transaction=True)

OPEN = "/examples/probe/Open"


@pytest.fixture
def client() -> Client:
    """Someone who is logged in, and whose browser has the cookie of the token."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_user("ann"))
    return client


@pytest.fixture
def token(client: Client) -> str:
    request = RequestFactory().get("/")
    token = get_token(request)
    client.cookies["csrftoken"] = request.META["CSRF_COOKIE"]
    return token


def test_a_token_in_the_form_is_taken_and_no_parameter(client: Client, token: str) -> None:
    sent = {"csrfmiddlewaretoken": token}
    assert client.post(f"{OPEN}/add", {"a": "4", "b": "5", **sent}).json() == 9
    urlencoded = f"a=4&csrfmiddlewaretoken={token}"
    told = client.post(f"{OPEN}/add", urlencoded, content_type="application/x-www-form-urlencoded")
    assert told.json() == 4
    told = client.post(f"{OPEN}/dump", {"x": "1", **sent})
    assert (told.json()["post"], "csrfmiddlewaretoken" in told.json()) == ({"x": "1"}, False)
    file = SimpleUploadedFile("a.png", b"12345")
    assert client.post(f"{OPEN}/upload", {"title": "x", "photo": file, **sent}).json()["size"] == 5


def test_a_token_in_the_header_is_taken_too(client: Client, token: str) -> None:
    assert client.post(f"{OPEN}/add", {"a": "4"}, headers={"x-csrftoken": token}).json() == 4


@pytest.mark.parametrize("sent", [{}, {"csrfmiddlewaretoken": "a" * 64}, {"csrfmiddlewaretoken": ""}])
def test_without_the_right_token_nothing_is_done(client: Client, token: str, sent: dict[str, str]) -> None:
    told = client.post(f"{OPEN}/add", {"a": "4", **sent}, headers={"accept": "application/json"})
    assert (told.status_code, told.json()["error"]) == (403, "csrf_failed")


def test_a_visitors_form_may_have_a_token() -> None:
    visitor = Client(enforce_csrf_checks=True)
    assert visitor.post(f"{OPEN}/add", {"a": "4", "csrfmiddlewaretoken": "x"}).json() == 4


def test_a_form_that_cannot_be_read_is_the_callers_fault(client: Client, token: str) -> None:
    kind: Any = {"content_type": "multipart/form-data", "headers": {"accept": "application/json"}}
    told = client.post(f"{OPEN}/add", b"no parts", **kind)
    assert (told.status_code, told.json()["error"]) == (400, "bad_body")
