"""Which code a URL reaches, and who may call it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser, User

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
    file, _, line = told.place.rpartition(":")
    assert file.endswith("tests/host/controllers/examples/probe.py")
    assert int(line) > 20
    assert (told.rule, told.said_by) == ("public", OPEN[1:])
    assert (told.is_allowed, told.reason) == (None, "")


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (f"{OPEN}/hidden", "probe.Open.hidden is private: no URL reaches it."),
        (f"{OPEN}/_secret", "probe.Open._secret is private: no URL reaches it."),
        (f"{OPEN}/hello/", "A path of a controller has no slash at its end."),
        (f"{OPEN}/upluod", f"Did you mean {OPEN}/upload?"),
        ("/os/getcwd", "Nothing answers at this path."),
        (f"/../{OPEN}/hello", ""),
        ("//evil.example/x", "Nothing answers at this path."),
        (f"{OPEN}/hello%00", ""),
    ],
)
def test_a_url_that_leads_nowhere_is_told_what_is_near(path: str, reason: str) -> None:
    told = explain_url(path)
    assert (told.code, told.place, told.endpoint, told.rule) == ("", "", None, None)
    assert told.reason.endswith(reason)
    assert told.reason


def test_another_view_is_named() -> None:
    told = explain_url("/admin/")
    assert told.code == "django.contrib.admin.sites.AdminSite.index"
    assert told.endpoint is None
    assert "no controller" in told.reason


def test_who_may_and_why_not() -> None:
    ann = User.objects.create_user("ann")
    eve = User.objects.create_user("eve", is_staff=True)
    assert explain_url(f"{CLOSED}/hello", user=ann).is_allowed is True
    visitor = explain_url(f"{CLOSED}/hello", user=AnonymousUser())
    assert (visitor.is_allowed, visitor.rule, visitor.said_by) == (False, "login", "")
    assert visitor.reason == "an anonymous visitor does not fulfil 'login'."
    told = explain_url(f"{CLOSED}/change", method="post", user=ann)
    assert (told.is_allowed, told.reason) == (False, "ann does not fulfil 'staff'.")
    told = explain_url(f"{CLOSED}/change", method="POST", user=eve)
    assert (told.is_allowed, told.reason) == (True, "")


def test_a_method_of_http_that_is_not_served_is_a_reason() -> None:
    told = explain_url(f"{CLOSED}/change")
    assert told.code
    assert told.reason == "GET does not reach it: send POST; @safe above the method lets a GET reach it."
    assert explain_url(f"{OPEN}/hello", method="HEAD").reason == ""
    told = explain_url(f"{OPEN}/hello", method="DELETE")
    assert told.reason == "DELETE does not reach it: send GET or POST."


def test_a_row_that_switches_off_is_named() -> None:
    sync_nodes()
    Node.objects.filter(name="examples").update(enabled=False)
    told = explain_url(f"{OPEN}/hello", user=User.objects.create_superuser("boss"))
    assert (told.rule, told.said_by, told.is_allowed) == (None, "examples", False)
    assert told.reason == "examples is switched off."
    policy.forget()
