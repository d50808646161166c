"""Which code a URL reaches, and who may call it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.urls import set_script_prefix

from smallweb.dispatch.models import Node
from smallweb.dispatch.services.explain_url import explain_url
from smallweb.dispatch.services.policy import policy
from smallweb.dispatch.services.sync_nodes import sync_nodes

pytestmark = pytest.mark.django_db

OPEN = "/examples/probe/Open"
CLOSED = "/examples/probe/Closed"


@pytest.mark.parametrize(
    "url",
    [f"{OPEN}/hello", f"{OPEN}/hello?x=1", f"https://example.com:81{OPEN}/hello#top", OPEN[1:] + "/hello"],
)
def test_a_url_leads_to_its_code(url: str) -> None:
    told = explain_url(url)
    assert told.code == "tests.host.controllers.examples.probe.Open.hello"
    assert told.endpoint is not None
    assert (told.rule, told.rule_at) == ("public", OPEN[1:])
    assert (told.instead, told.denials) == ("", ())


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (f"{OPEN}/hidden", " it is private: it runs in the background alone."),
        (f"{OPEN}/hello/", f"Without the slash at its end it would reach {OPEN[1:]}/hello."),
        (f"{OPEN}/upluod", f"Did you mean {OPEN[1:]}/upload?"),
        (f"/../{OPEN}/hello", f"Did you mean {OPEN[1:]}/hello?"),
        ("/os/getcwd", "No pattern of urls.py takes it: 404."),
        ("//evil.example/x", "No pattern of urls.py takes it: 404."),
    ],
)
def test_a_url_that_leads_nowhere_is_told_what_is_near(path: str, words: str) -> None:
    told = explain_url(path)
    assert (told.code, told.endpoint, told.rule, told.denials) == ("", None, "", ())
    assert told.instead.endswith(words)


def test_what_is_near_is_found_below_a_script_name() -> None:
    set_script_prefix("/inner/")
    try:
        assert explain_url(f"/inner{OPEN}/hello").code.endswith("Open.hello")
        assert explain_url(f"/inner{OPEN}/hidden").instead.endswith("it runs in the background alone.")
    finally:
        set_script_prefix("/")


def test_another_view_is_named() -> None:
    told = explain_url("/admin/")
    assert told.endpoint is None
    assert told.code.startswith("django.contrib.admin.")
    assert "the view admin:index" in told.instead


def test_a_visitor_is_somebody_and_nobody_is_not_asked_about() -> None:
    assert explain_url(f"{CLOSED}/hello").denials == ()
    visitor = explain_url(f"{CLOSED}/hello", user=AnonymousUser())
    assert (visitor.rule, visitor.rule_at) == ("login", "")
    assert visitor.denials == ("It takes a login.",)


def test_all_reasons_are_told_at_once() -> None:
    ann = User.objects.create_user("ann")
    sync_nodes()
    Node.objects.filter(name="examples").update(enabled=False)
    told = explain_url(f"{CLOSED}/change", user=ann)
    assert told.denials == (
        "It is switched off at examples.",
        "GET does not reach it; send POST. If the method changes nothing, write @safe above it.",
        "ann is no staff.",
    )
    assert (told.rule, told.rule_at) == ("staff", f"{CLOSED[1:]}/change")
    policy.forget()


def test_a_method_of_http_is_a_reason() -> None:
    assert explain_url(f"{OPEN}/hello", method="HEAD").denials == ()
    assert explain_url(f"{OPEN}/hello", method="post").denials == ()
    denials = explain_url(f"{OPEN}/hello", method="DELETE").denials
    assert denials == ("DELETE does not reach it; send GET or POST.",)
