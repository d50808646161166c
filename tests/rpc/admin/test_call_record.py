"""The log of calls in the admin."""

from __future__ import annotations

import html
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from smallweb.rpc.models import CallRecord
from tests.acceptance.till.things import Till

pytestmark = pytest.mark.django_db
LIST = "/admin/smallweb_rpc/callrecord/"


@pytest.fixture
def calls(till: Till, boss: Client) -> None:
    user = User.objects.get(username="boss")
    for path, verb, outcome, owner in (
        ("till.add", "call", "ok", user),
        ("till.total", "set", "access_denied", None),
        ("tillage.add", "call", "ok", None),
        ("", "", "no_such_name", None),
    ):
        CallRecord.objects.create(
            at=timezone.now(), path=path, verb=verb, outcome=outcome, user=owner, duration_ms=3,
            error="No & no" if outcome == "access_denied" else "", count=3, arguments={"a": 1},
        )  # fmt: skip


def _paths(client: Client, query: str) -> list[str]:
    return [record.path for record in client.get(LIST + query).context["cl"].result_list]


@pytest.mark.parametrize(
    ("query", "paths"),
    [
        ("", ["", "tillage.add", "till.total", "till.add"]),
        ("?went=well", ["tillage.add", "till.add"]),
        ("?went=wrong", ["till.total"]),
        ("?went=unknown", [""]),
        ("?object=till", ["till.total", "till.add"]),
        ("?verb=set", ["till.total"]),
        ("?whose=mine", ["till.add"]),
        ("?whose=nobody", ["", "tillage.add", "till.total"]),
        ("?outcome=access_denied", ["till.total"]),
        ("?path=till.add", ["till.add"]),
        ("?q=access_denied", ["till.total"]),
    ],
)
def test_the_list_is_filtered(query: str, paths: list[str], calls: Any, boss: Client) -> None:
    assert _paths(boss, query) == paths


def test_the_list_shows_what_happened(calls: Any, boss: Client) -> None:
    text = html.unescape(boss.get(LIST).content.decode())
    assert "3 names that do not exist" in text
    assert "No & no" in text
    assert "3 ms" in text


def test_the_page_shows_the_arguments_and_nothing_to_edit(calls: Any, boss: Client) -> None:
    pk = CallRecord.objects.get(path="till.add").pk
    text = html.unescape(boss.get(f"{LIST}{pk}/change/").content.decode())
    assert '"a": 1' in text
    assert "_save" not in text


def test_nobody_searches_by_arguments(calls: Any, boss: Client) -> None:
    assert boss.get(f"{LIST}?arguments__a=1").status_code == 400
