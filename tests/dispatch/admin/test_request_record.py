"""The log of requests in the admin."""

from __future__ import annotations

import html
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from smallweb.dispatch.models import RequestRecord

pytestmark = pytest.mark.django_db
LIST = "/admin/smallweb_dispatch/requestrecord/"


@pytest.fixture
def requests(boss: Client) -> None:
    user = User.objects.get(username="boss")
    for path, method, status, outcome, owner in (
        ("a/b/C/m", "GET", 200, "ok", user),
        ("a/b/C/m", "POST", 403, "access_denied", None),
        ("a/b/Cc/m", "POST", 200, "ok", None),
    ):
        RequestRecord.objects.create(
            at=timezone.now(), path=path, method=method, status=status, outcome=outcome, user=owner,
            duration_ms=3, error="No & no" if status == 403 else "", arguments={"a": 1},
        )  # fmt: skip


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["POST a/b/Cc/m", "POST a/b/C/m", "GET a/b/C/m"]),
        ("?went=well", ["POST a/b/Cc/m", "GET a/b/C/m"]),
        ("?went=wrong", ["POST a/b/C/m"]),
        ("?by=GET", ["GET a/b/C/m"]),
        ("?below=a/b/C", ["POST a/b/C/m", "GET a/b/C/m"]),
        ("?below=a/b/Cc/m", ["POST a/b/Cc/m"]),
        ("?whose=mine", ["GET a/b/C/m"]),
        ("?whose=nobody", ["POST a/b/Cc/m", "POST a/b/C/m"]),
        ("?outcome=access_denied", ["POST a/b/C/m"]),
        ("?at__gte=2100-01-01T00:00:00Z", []),
        ("?q=boss", ["GET a/b/C/m"]),
    ],
)
def test_the_list_is_filtered(query: str, found: list[str], requests: None, boss: Client) -> None:
    shown = boss.get(LIST + query).context["cl"].result_list
    assert [str(record) for record in shown] == found


def test_the_list_shows_what_happened(requests: None, boss: Client) -> None:
    text = boss.get(LIST).content.decode()
    assert "No &amp; no" in text
    assert "3 ms" in text


def test_the_page_shows_the_arguments_and_nothing_to_edit(requests: None, boss: Client) -> None:
    pk = RequestRecord.objects.get(method="GET").pk
    text = html.unescape(boss.get(f"{LIST}{pk}/change/").content.decode())
    assert '"a": 1' in text
    assert "_save" not in text


def test_nobody_searches_by_arguments(requests: None, boss: Client) -> None:
    assert boss.get(f"{LIST}?arguments__a=1").status_code == 400


def test_an_empty_list_renders(boss: Client) -> Any:
    assert boss.get(LIST).status_code == 200
