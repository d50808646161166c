"""The list of sessions and the page of one: what they show, and what their buttons do."""

from __future__ import annotations

import re
import socket
import threading
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client

from smallweb.sessions.services.manage_sessions import find_one, list_sessions
from tests.sessions.hosted import ask, begin, deaf_host
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db

PAGE = "/admin/smallweb_sessions/session/"
END, TELL = f"{PAGE}end/", f"{PAGE}tell/"


def _text(client: Client, path: str = PAGE) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def _said(client: Client, path: str, form: dict[str, Any]) -> str:
    return client.post(path, form, follow=True).content.decode()


@pytest.fixture
def ann(db: None) -> User:
    return User.objects.create_user("ann <i>")


def _has_ended(begins: str) -> bool:
    return bool(find_one(begins).ended_at)


def test_the_list_shows_who_uses_what(host: None, boss: Client, ann: User) -> None:
    one = begin("hello", user=ann)
    ask(one, "/say")
    begin("other", address="10.9.8.7")
    text = _text(boss)
    assert f"2 sessions run on this machine, {socket.gethostname()}; each machine has a list" in text
    assert f'<a href="{PAGE}{one.short_id}/change/">hello</a>' in text
    assert f'<a href="{PAGE}?visitor=user%3A{ann.pk}">ann &lt;i&gt;</a>' in text
    assert "10.9.8.7" in text
    assert f"pid {one.pid}" in text
    assert one.id not in text  # which pages of the session know
    assert "ann <i>" not in text


def test_the_list_is_narrowed_to_an_app_or_a_user(host: None, boss: Client, ann: User) -> None:
    begin("hello", user=ann)
    begin("other")
    for query in ("app=hello", f"visitor=user:{ann.pk}"):
        text = _text(boss, f"{PAGE}?{query}")
        assert "1 session runs" in text
        assert ">other</a>" not in text
    assert "0 sessions run" in _text(boss, f"{PAGE}?app=<b>")
    assert "<b>" not in _text(boss, f"{PAGE}?app=<b>")


def test_without_a_host_there_is_none(no_host: None, boss: Client) -> None:
    assert "No app host runs" in _text(boss)
    assert "There is no session" in boss.get(f"{PAGE}abc/change/", follow=True).content.decode()
    assert "There is no session" in _said(boss, END, {"id": "abc"})
    assert "There is no session" in _said(boss, TELL, {"id": "abc", "text": "Hello"})
    assert "0 sessions are ended" in _said(boss, END, {"app": "talker"})


def test_a_host_that_does_not_answer_is_said(no_host: None, boss: Client) -> None:
    with deaf_host():
        text = _text(boss)
    assert "The app host did not answer" in text


def test_a_page_shows_what_was_printed_and_what_failed(host: None, boss: Client) -> None:
    one = begin(init=[["large"], {"colour": "a b", "c": None}])
    url = f"{PAGE}{one.short_id}/change/"
    assert "Nothing yet." in _text(boss, url)
    ask(one, "/say")
    ask(one, "/fail")
    wait_for(lambda: find_one(one.id).last_error)
    text = _text(boss, url)
    assert "said &lt;b&gt;aloud&lt;/b&gt;" in text
    assert "in red" in text
    assert "\x1b" not in text
    assert "ValueError: failed &lt;i&gt;badly&lt;/i&gt;" in text
    assert "?large&amp;colour=a+b&amp;c=" in text
    assert one.id not in text


def test_a_session_that_is_stuck_is_seen_busy_and_ended(host: None, boss: Client) -> None:
    one = begin()
    asking = threading.Thread(target=lambda: ask(one, "/hang"), daemon=True)
    asking.start()
    wait_for(lambda: find_one(one.id).busy_s)
    assert "busy for" in _text(boss)
    assert "1 session is ended" in _said(boss, END, {"id": one.short_id})
    wait_for(lambda: _has_ended(one.id))
    asking.join(10)


def test_one_is_ended_and_stays_to_be_read(host: None, boss: Client) -> None:
    one, other = begin(), begin()
    ask(one, "/say")
    assert "1 session is ended" in _said(boss, END, {"id": one.short_id})
    wait_for(lambda: _has_ended(one.id))
    assert [each.id for each in list_sessions().sessions] == [other.id]
    assert "ended by boss" in _text(boss)
    text = _text(boss, f"{PAGE}{one.short_id}/change/")
    assert "ended by boss" in text
    assert "said &lt;b&gt;aloud" in text
    assert "End this session" not in text
    assert "has ended already" in _said(boss, END, {"id": one.short_id})
    (entry,) = LogEntry.objects.all()
    assert (entry.object_id, entry.change_message[:16]) == (one.short_id, "Ended: talker of")
    assert entry.get_admin_url() == f"{PAGE}{one.short_id}/change/"


def test_all_of_a_user_or_an_app_are_ended(host: None, boss: Client, ann: User) -> None:
    begin("a", user=ann)
    begin("b", user=ann)
    begin("b")
    kept = begin("c")
    assert f"End all of {'ann &lt;i&gt;'} (2)" in _text(
        boss, f"{PAGE}{list_sessions().sessions[0].short_id}/change/"
    )
    assert "2 sessions are ended" in _said(boss, END, {"visitor": f"user:{ann.pk}"})
    assert "1 session is ended" in _said(boss, f"{END}?app=b", {"app": "b"})
    wait_for(lambda: [each.id for each in list_sessions().sessions] == [kept.id])
    assert "No session was chosen" in _said(boss, END, {})
    assert LogEntry.objects.count() == 2


def test_a_message_needs_a_text_and_a_page(host: None, boss: Client, ann: User) -> None:
    one = begin(user=ann)
    assert "Write a message" in _said(boss, TELL, {"id": one.short_id, "text": " "})
    assert "has no page open that can show" in _said(boss, TELL, {"id": one.short_id, "text": "Hello"})
    assert not LogEntry.objects.exists()
