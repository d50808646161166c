"""The page at a handler's address."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

HTML = {"Accept": "text/html,*/*;q=0.8"}


@pytest.fixture(autouse=True)
def rows(folders: None) -> None:
    pass


def get(path: str, client: Client | None = None, **headers: str) -> Any:
    return (client or Client()).get(path, headers={**HTML, **headers})


@pytest.mark.django_db
def test_people_get_a_form_and_programs_a_refusal() -> None:
    page = get("/uploads/echo")
    words = page.content.decode()
    assert (page.status_code, page["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert page["Cache-Control"] == "private, no-cache"
    assert {"Accept", "Cookie"} <= {name.strip() for name in page["Vary"].split(",")}
    assert '<form method="post" enctype="multipart/form-data" action="/uploads/echo">' in words
    assert words.index("csrfmiddlewaretoken") < words.index('type="file"')
    assert "csrftoken" in page.cookies
    assert Client().head("/uploads/echo", headers=HTML).status_code == 200
    refused = get("/uploads/echo", Accept="*/*")
    assert (refused.status_code, refused["Allow"]) == (405, "POST, OPTIONS")
    assert get("/uploads/nothing").status_code == 404


@pytest.mark.django_db
def test_it_says_what_is_taken() -> None:
    words = get("/uploads/pictures").content.decode()
    assert "Taken are: image/*. Up to 2 files of at most 97.7" in words
    assert 'accept="image/*"' in words
    assert 'max-bytes="100000" max-files="2"' in words
    assert "multiple" in words
    assert " accept=" not in get("/uploads/echo").content.decode()


@pytest.mark.django_db
def test_only_who_may_send_gets_it(django_user_model: Any) -> None:
    refused = get("/uploads/private")
    assert (refused.status_code, refused.content) == (401, b"Log in, or send a token.\n")
    client = Client()
    client.force_login(django_user_model.objects.create_user("ann"))
    assert get("/uploads/private", client).status_code == 200
