"""The page that says what a URL reaches."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from smallweb.core.access import access_rule, access_rules
from smallweb.dispatch.models import Node
from tests.dispatch.admin.conftest import OPEN

pytestmark = pytest.mark.django_db
URL = "/admin/smallweb_dispatch/node/reach/"


def _ask(client: Client, url: str, **more: str) -> str:
    answer = client.get(f"{URL}?{urlencode({'url': url, **more})}")
    assert answer.status_code == 200
    return " ".join(html.unescape(answer.content.decode()).split())


def test_the_empty_form(nodes: None, boss: Client) -> None:
    text = boss.get(URL).content.decode()
    assert "errorlist" not in text
    assert "smallweb-reach" not in text


@pytest.mark.parametrize(
    "url",
    [
        f"/{OPEN}/hello",
        f"{OPEN}/hello",
        f"https://example.org/{OPEN}/hello?x=1#y",
        "/examples/probe/Op%65n/hello",
    ],
)
def test_a_url_that_reaches_a_method(url: str, nodes: None, boss: Client) -> None:
    text = _ask(boss, url)
    for words in (
        ">answered<", "Every visitor may call it.", "tests.host.controllers.examples.probe.Open.hello",
        "controllers/examples/probe.py:", "GET, POST", ">public<", f"?name={OPEN}",
    ):  # fmt: skip
        assert words in text, words


def test_it_is_said_without_rows_too(boss: Client) -> None:
    Node.objects.all().delete()
    assert "Every visitor may call it." in _ask(boss, f"/{OPEN}/hello")


@pytest.mark.parametrize(
    ("path", "method", "rule", "words"),
    [
        ("Closed/hello", "GET", "", "It takes a login."),
        ("Closed/change", "GET", "", "GET does not reach it; send POST."),
        ("Open/me", "GET", "", "It takes a login."),
        ("Open/order", "PUT", "", "PUT does not reach it; send POST."),
        ("Open/hello", "DELETE", "", "DELETE does not reach it; send GET or POST."),
    ],
)
def test_why_a_visitor_is_refused(
    path: str, method: str, rule: str, words: str, nodes: None, boss: Client
) -> None:
    text = _ask(boss, f"/examples/probe/{path}", method=method)
    assert ">refused<" in text
    assert "A visitor is not answered:" in text
    assert words in text


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("staff", "ann is no staff."),
        ("permission:auth.add_user", "ann lacks the permission auth.add_user."),
        ("group:cooks", "ann is not in the group cooks."),
        ("rule:nobody.knows", "The rule nobody.knows says no to ann."),
        ("nonsense", "cannot be read; nobody is let in."),
    ],
)
def test_why_a_user_is_refused(rule: str, words: str, nodes: None, boss: Client) -> None:
    User.objects.create(username="ann")
    Node.objects.filter(name=f"{OPEN}/hello").update(access=rule)
    text = _ask(boss, f"/{OPEN}/hello", user="ann")
    assert "ann is not answered:" in text
    assert words in text


def test_who_is_let_in(nodes: None, boss: Client) -> None:
    def is_ann(user: Any) -> bool:
        return bool(user.username == "ann")

    with access_rules.temporarily():
        access_rule(is_ann)
        ann = User.objects.create(username="ann", is_staff=True)
        ann.groups.add(Group.objects.create(name="cooks"))
        for rule in ("login", "staff", "group:cooks", f"rule:{__name__}.{is_ann.__qualname__}"):
            Node.objects.filter(name=f"{OPEN}/hello").update(access=rule)
            assert "ann may call it." in _ask(boss, f"/{OPEN}/hello", user="ann"), rule
    Node.objects.filter(name=f"{OPEN}/hello").update(access="permission:auth.add_user")
    assert "boss may call it." in _ask(boss, f"/{OPEN}/hello", user="boss")


def test_a_user_who_is_not_active_is_a_visitor(nodes: None, boss: Client) -> None:
    User.objects.create(username="ann", is_active=False)
    assert "It takes a login, and ann is not active." in _ask(
        boss, "/examples/probe/Closed/hello", user="ann"
    )
    assert ">answered<" in _ask(boss, f"/{OPEN}/hello", user="ann")


def test_what_is_off_says_where(nodes: None, boss: Client) -> None:
    Node.objects.filter(name="examples").update(enabled=False)
    assert "It is switched off at examples." in _ask(boss, f"/{OPEN}/hello", user="boss")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("/admin/", "has the view admin:index"),
        ("/examples/probe/Open", "examples/probe/Open is a class without a method called index"),
        ("/examples", "examples is a folder without a method called index"),
        (f"/{OPEN}/hello/", f"Without the slash at its end it would reach {OPEN}/hello."),
        ("/examples/probe/open/HELLO", f"Capitals count: there is {OPEN}/hello."),
        (f"/{OPEN}/hidden", "it is private"),
        (f"/{OPEN}/_secret", "it is private"),
        ("", "This field is required."),
        ("http://[", "This is no URL:"),
    ],
)
def test_a_url_that_reaches_no_method(url: str, words: str, nodes: None, boss: Client) -> None:
    text = _ask(boss, url)
    assert words in text
    assert ">answered<" not in text


def test_pages_are_named(nodes: None, boss: Client, settings: Any) -> None:
    settings.ROOT_URLCONF = "smallweb_project.urls"
    assert "the folders of pages are asked for it" in _ask(boss, "/index.html")


@pytest.mark.parametrize(
    "url",
    [
        "/../../etc/passwd", "/examples/../examples/probe/Open/hello", f"/{OPEN}/__class__",
        f"/{OPEN}/hello%00", "/os/system/index", "/%ff%fe", "/" + "a/" * 900,
        "/é/ü/Ñandú/日本", "/<script>alert(1)",
        "//evil.example/x", "javascript:alert(1)", "/%2e%2e/%2e%2e/x", "?x", "#", "/{{7*7}}/%25s",
    ],
)  # fmt: skip
def test_hostile_urls_reach_nothing(url: str, nodes: None, boss: Client) -> None:
    answer = boss.get(f"{URL}?{urlencode({'url': url})}")
    assert answer.status_code == 200
    assert ">no method<" in answer.content.decode()
    assert "<script>alert" not in answer.content.decode()


@pytest.mark.parametrize("url", ["/a\0b", "/" + "a" * 10_000])
def test_what_no_form_takes_is_refused_at_the_field(url: str, nodes: None, boss: Client) -> None:
    text = _ask(boss, url)
    assert "errorlist" in text
    assert "smallweb-reach" not in text


def test_nothing_is_called_or_imported(nodes: None, boss: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    before = set(sys.modules)
    for path in (f"/{OPEN}/raises", "/antigravity/this/Index", "/examples/probe/Open/count"):
        _ask(boss, path)
    assert set(sys.modules) == before


def test_users_are_shown_to_those_who_may_see_users(nodes: None, staff: Callable[..., Client]) -> None:
    User.objects.create(username="ann")
    own = staff("view_node")
    name = User.objects.get(username__startswith="staff").username
    path = "/examples/probe/Closed/hello"
    for other in ("ann", "nobody-of-this-name"):
        assert "You may not see other users" in _ask(own, path, user=other)
    assert f"{name} may call it." in _ask(own, path, user=name)
    assert "It takes a login." in _ask(own, path)
    seeing = staff("view_node", "view_user")
    assert "ann may call it." in _ask(seeing, path, user="ann")
    assert "There is no user of this name." in _ask(seeing, path, user="nobody-of-this-name")
