"""Started tasks in the admin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from smallweb.core.models import State, TaskRun
from smallweb.dispatch.admin.ticket import share_of
from tests.dispatch.admin.conftest import SEEING, make_ticket

pytestmark = pytest.mark.django_db
LIST = "/admin/smallweb_dispatch/ticket/"


def _page(ticket: Any) -> str:
    return f"{LIST}{ticket.pk}/change/"


def test_the_list_shows_how_far_tasks_are(boss: Client) -> None:
    assert boss.get(LIST).status_code == 200
    progress = {"status": "inProgress", "state": {"number": 3, "total": 12, "title": "<Counting>"}}
    make_ticket(
        User.objects.get(), state=State.RUNNING, progress=progress, started_at=timezone.now(), lease=1
    )
    text = boss.get(LIST).content.decode()
    assert 'value="0.25"' in text
    assert "title: &lt;Counting&gt;" in text
    assert "boss" in text


def test_many_tickets_cost_no_more_queries(boss: Client) -> None:
    make_ticket(None)
    few = _queries(boss)
    for _ in range(30):
        make_ticket(User.objects.get())
    assert _queries(boss) == few


def _queries(client: Client) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(LIST).status_code == 200
    return len(queries)


def test_the_token_is_shown_to_its_starter_alone(boss: Client, staff: Callable[..., Client]) -> None:
    own, others, visitors = make_ticket(User.objects.get()), make_ticket(_ann()), make_ticket(None)
    assert f"/status/{own.token}" in boss.get(_page(own)).content.decode()
    seeing = staff(*SEEING, "view_taskrun")
    for client, ticket in ((boss, others), (boss, visitors), (seeing, own), (seeing, others)):
        for url in (_page(ticket), f"{LIST}{ticket.pk}/history/", LIST):
            assert str(ticket.token) not in client.get(url).content.decode()
    assert str(others.token) not in str(others)


def test_the_token_is_no_search_word(boss: Client) -> None:
    ticket = make_ticket(None)
    for lookup in ("token__startswith=a", "run__arguments__token=a", "session_digest__startswith=a"):
        assert boss.get(f"{LIST}?{lookup}").status_code == 400
    found = boss.get(f"{LIST}?q={ticket.token}").context["cl"].result_list
    assert list(found) == []


def test_the_run_is_linked_for_those_who_may_see_it(boss: Client, staff: Callable[..., Client]) -> None:
    ticket = make_ticket(None)
    link = f"/admin/smallweb_core/taskrun/{ticket.run_id}/change/"
    assert link in staff(*SEEING, "view_taskrun").get(_page(ticket)).content.decode()
    assert link not in staff(*SEEING).get(_page(ticket)).content.decode()


def test_filters(boss: Client) -> None:
    own = make_ticket(User.objects.get())
    visitors = make_ticket(None, state=State.SUCCESSFUL, finished_at=timezone.now())
    for query, wanted in (
        ("?whose=mine", [own]), ("?whose=nobody", [visitors]), ("?run__state__exact=SUCCESSFUL", [visitors]),
        ("?q=boss", [own]),
    ):  # fmt: skip
        assert list(boss.get(LIST + query).context["cl"].result_list) == wanted, query


def test_a_task_is_cancelled(boss: Client) -> None:
    ticket = make_ticket(None)
    assert "/do/cancel/" in boss.get(_page(ticket)).content.decode()
    boss.post(f"{LIST}{ticket.pk}/do/cancel/")
    assert TaskRun.objects.get().state == State.CANCELLED
    assert "is cancelled" in LogEntry.objects.get().change_message
    assert str(ticket.token) not in LogEntry.objects.get().object_repr
    again = boss.post(f"{LIST}{ticket.pk}/do/cancel/", follow=True).content.decode()
    assert "there is nothing to cancel" in again


@pytest.mark.parametrize(
    ("progress", "shown"),
    [
        (None, None),
        ({"status": "x", "state": {"number": 1, "total": 4}}, {"number": 0.25}),
        ({"status": "x", "state": {"number": 7, "title": "a"}}, {"count": 7, "title": "a"}),
        ({"status": "x", "state": {"number": 1, "total": 0}}, {"count": 1, "total": 0}),
        ({"status": "x", "state": "text"}, {"status": "x", "state": "text"}),
    ],
)
def test_a_number_of_a_total_is_a_share(progress: Any, shown: Any) -> None:
    assert share_of(progress) == shown


def _ann() -> User:
    return User.objects.create(username="ann")
