"""The page to try what one may call, as the server sends it."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.people import logged_in

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_page_says_who_asks_and_is_nobody_elses(client: Client) -> None:
    shown = client.get("/try/")
    assert shown.status_code == 200
    assert "What a visitor may call." in shown.content.decode()
    assert "private" in shown.headers["Cache-Control"]
    assert "Cookie" in shown.headers["Vary"]
    own = logged_in(User.objects.create_user("ann")).get("/try/").content.decode()
    assert "What you may call as ann." in own


def test_no_name_and_no_script_is_in_the_page_itself() -> None:
    user = User.objects.create_user("<script>alert(1)</script>")
    text = logged_in(user).get("/try/").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert re.findall(r"<script(?![^>]* src=)", text) == []
    assert re.findall(r"\son\w+=|\sstyle=|javascript:", text) == []


@pytest.mark.parametrize("path", ["/try/", "/openapi.json"])
def test_nothing_but_reading_is_served(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405
    assert client.head(path).status_code == 200
    refused = client.get(path, headers={"authorization": "Bearer nobody's", "accept": "application/json"})
    assert (refused.status_code, refused.json()["error"]) == (401, "token_refused")
