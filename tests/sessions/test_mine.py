"""What visitors see of their own apps, and end."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.test import Client

from smallweb.sessions.registry import apps, describe_app
from smallweb.sessions.services.manage_sessions import find_one, list_sessions
from smallweb.sessions.services.visitor import recall_visitor
from tests.people import logged_in
from tests.sessions.hosted import begin
from tests.waiting import wait_for

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.sessions.mine_urls")]

PAGE = "/apps/mine/"


@pytest.fixture(autouse=True)
def talker() -> Iterator[None]:
    with apps.temporarily(describe_app("talker", "tests.sessions.talker:app")):
        yield


def _text(client: Client) -> str:
    answer = client.get(PAGE)
    assert answer.status_code == 200
    assert answer["Cache-Control"].startswith("max-age=0")
    assert answer["X-Frame-Options"] == "DENY"
    return html.unescape(answer.content.decode())


def test_a_user_sees_what_runs_by_all_logins_and_nothing_of_others(host: None) -> None:
    ann, bob = User.objects.create_user("ann"), User.objects.create_user("bob")
    begin(user=ann, owner="one login", init=[["large"], {"size": "1 m"}])
    begin("of-a-view", user=ann, owner="another")
    begin("bobs", user=bob)
    text = _text(logged_in(ann))
    assert '<a href="/apps/talker/?large&size=1+m">talker</a>' in text
    assert '<th scope="row">of-a-view</th>' in text
    assert "bobs" not in text
    assert "talker" not in _text(logged_in(bob))


def test_what_was_replaced_has_no_link(host: None) -> None:
    ann = User.objects.create_user("ann")
    begin(user=ann, owner="one", init=[["old"], {}])
    begin(user=ann, owner="one", init=[["new"], {}])
    text = _text(logged_in(ann))
    assert "?new" in text
    assert "?old" not in text


def test_a_user_ends_her_own_and_no_other(host: None) -> None:
    ann, bob = User.objects.create_user("ann"), User.objects.create_user("bob")
    hers, his = begin(user=ann), begin(user=bob)
    client = logged_in(ann)
    for given in ({"id": his.id}, {"id": hers.short_id}, {}):
        assert client.post(PAGE, given).status_code == 302
    assert not find_one(his.id).is_ending
    assert not find_one(hers.id).is_ending
    assert client.post(PAGE, {"id": hers.id})["Location"] == PAGE
    assert "talker" not in _text(client)
    wait_for(lambda: find_one(hers.id).ended_at)
    assert find_one(hers.id).end_reason == "ended by its user"
    assert [each.id for each in list_sessions().sessions] == [his.id]


def test_visitors_without_a_login_have_their_own(host: None) -> None:
    client, other = Client(), Client()
    assert "None of your apps runs." in _text(client)
    assert not client.cookies  # to look makes no session
    client.session.save()
    visitor = recall_visitor(client.session, AnonymousUser(), address="")
    assert visitor is not None
    one = begin(owner=visitor.visitor.removeprefix("visitor:"))
    assert one.visitor == visitor.visitor
    assert one.id in _text(client)
    other.post(PAGE, {"id": one.id})
    assert not find_one(one.id).is_ending
    client.post(PAGE, {"id": one.id})
    assert find_one(one.id).is_ending


def test_who_comes_from_another_site_ends_nothing(host: None) -> None:
    client = Client(enforce_csrf_checks=True)
    ann = User.objects.create_user("ann")
    client.force_login(ann)
    one = begin(user=ann)
    assert client.post(PAGE, {"id": one.id}).status_code == 403
    assert client.put(PAGE).status_code == 403
    assert not find_one(one.id).is_ending


def test_a_host_that_does_not_answer_is_said(no_host: None) -> None:
    from tests.sessions.hosted import deaf_host

    client = logged_in(User.objects.create_user("ann"))
    with deaf_host():
        assert "The app host did not answer" in _text(client)
    with deaf_host():
        assert "The app host did not answer" in client.post(PAGE, {"id": "x"}).content.decode()
    assert "None of your apps runs." in _text(client)


def test_the_page_stands_where_no_app_of_the_code_can(settings: Any) -> None:
    from django.urls import resolve

    from smallweb.sessions.mine import mine

    assert resolve(PAGE).func is mine
