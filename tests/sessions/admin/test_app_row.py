"""Apps in the admin: what holds, what was edited, and how many sessions run."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from smallweb.core.admin import EMPTY
from smallweb.sessions.models import AppRow
from smallweb.sessions.services.manage_sessions import list_sessions
from tests.sessions.hosted import begin
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db

LIST = "/admin/smallweb_sessions/approw/"


def _text(client: Client, path: str) -> str:
    return re.sub(r"\s+", " ", client.get(path).content.decode())


def _form(**changes: object) -> dict[str, object]:
    return {"enabled": "on", "memory_mb": 300, "max_per_app": 5, **changes}


def test_the_list_shows_rules_and_counts(app_row: AppRow, boss: Client) -> None:
    begin()
    begin()
    text = _text(boss, LIST)
    assert '<a href="/admin/smallweb_sessions/session/?app=talker">2 sessions</a>' in text
    assert "<code>login</code>" in text
    assert "as the settings say" in text


def test_the_count_leads_nowhere_for_who_may_not_see_sessions(app_row: AppRow, staff: object) -> None:
    client: Client = staff("view_approw")  # type: ignore[operator]
    text = _text(client, LIST)
    assert "0 sessions" in text
    assert "?app=talker" not in text


def test_the_page_says_what_holds_and_why(app_row: AppRow, boss: Client) -> None:
    app_row.memory_mb, app_row.cpu_s = 100, 0
    app_row.save()
    text = _text(boss, f"{LIST}{app_row.pk}/change/")
    assert "<td>Memory, MB</td><td>100</td><td>here</td><td>300</td>" in text
    assert "<td>Sessions in all</td><td>5</td><td>the code</td><td>5</td>" in text
    assert f"<td>Processor time, s</td><td>no limit</td><td>here</td><td>{EMPTY}</td>" in text
    assert f"<td>Open files</td><td>1024</td><td>the settings</td><td>{EMPTY}</td>" in text
    assert "tests.sessions.talker:app" in text


def test_an_edit_holds_until_it_is_reset(app_row: AppRow, boss: Client) -> None:
    url = f"{LIST}{app_row.pk}/change/"
    assert boss.post(url, _form(memory_mb=64, access="staff")).status_code == 302
    app_row.refresh_from_db()
    assert (app_row.memory_mb, app_row.access, app_row.edited_fields()) == (
        64,
        "staff",
        ["access", "memory_mb"],
    )
    assert "edited here" in _text(boss, LIST)
    boss.post(f"{LIST}{app_row.pk}/do/reset/")
    app_row.refresh_from_db()
    assert (app_row.memory_mb, app_row.access) == (300, "")


@pytest.mark.parametrize(
    "changes", [{"access": "everybody"}, {"memory_mb": -1}, {"timeout_interaction_s": -1}]
)
def test_what_cannot_hold_is_not_saved(changes: dict[str, object], app_row: AppRow, boss: Client) -> None:
    answer = boss.post(f"{LIST}{app_row.pk}/change/", _form(**changes))
    assert answer.status_code == 200
    assert b"errorlist" in answer.content
    app_row.refresh_from_db()
    assert not app_row.edited_fields()


def test_all_sessions_of_an_app_are_ended_from_the_list(app_row: AppRow, boss: Client) -> None:
    begin()
    other = begin("other")
    form = {"action": "end_sessions", "_selected_action": [app_row.pk], "index": 0}
    assert b"End all sessions: 1 row." in boss.post(LIST, form, follow=True).content
    wait_for(lambda: [each.id for each in list_sessions().sessions] == [other.id])


def test_a_row_whose_code_is_gone_is_deleted_by_hand_only(app_row: AppRow, boss: Client) -> None:
    url = f"{LIST}{app_row.pk}/delete/"
    assert boss.get(url).status_code == 403
    app_row.in_code = False
    app_row.save()
    assert "code is gone" in _text(boss, f"{LIST}{app_row.pk}/change/")
    assert boss.post(url, {"post": "yes"}).status_code == 302
    assert not AppRow.objects.exists()
