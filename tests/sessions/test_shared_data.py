"""The dict that all apps of a visitor share, and Django's session, are one."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import pytest

from tests.sessions.client import Page, Visitor
from tests.sessions.site import Site
from tests.waiting import wait_for

pytestmark = pytest.mark.once

Come = Callable[..., Visitor]


def looked_at(page: Page) -> dict[str, Any]:
    """Return what the app has."""
    page.click("look")
    shown = page.reload().shown().replace("&#x27;", "'").replace("&quot;", '"').replace("&lt;", "<")
    found: dict[str, Any] = ast.literal_eval(shown)
    return found


def kept(visitor: Visitor) -> dict[str, Any]:
    """Return what a view of the site has."""
    found: dict[str, Any] = visitor.get("/session/show").json()
    return found


def test_changes_are_kept_however_deep(visitor: Visitor) -> None:
    page = visitor.page("shared")
    page.click("put", "a", {"deep": {"list": [1]}})
    page.click("append", "a", 2)
    assert kept(visitor) == {"a": {"deep": {"list": [1, 2]}}}
    page.click("drop", "a")
    assert kept(visitor) == {}


def test_changes_are_kept_before_the_answer_is_there(any_site: Site, come: Come) -> None:
    visitor = come(to=any_site)
    page = visitor.page("shared")
    with page.socket() as tab:
        for number in range(5):
            tab.click("put", "n", number)
            assert kept(visitor) == {"n": number}


def test_the_state_of_a_tag_is_kept(visitor: Visitor) -> None:
    visitor.page("shared").click("own_state", [1])
    assert kept(visitor) == {"tests.sessions.gui.Shared": {"kept": [1]}}


def test_a_megabyte_is_kept(visitor: Visitor) -> None:
    page = visitor.page("shared")
    with page.socket() as tab:
        tab.click("put", "large", ["x" * 1000] * 500)
        tab.click("put", "other", ["y" * 1000] * 500)
    assert len(kept(visitor)["large"]) == len(kept(visitor)["other"]) == 500


def test_two_apps_see_what_each_other_changes(visitor: Visitor) -> None:
    one, two = visitor.page("shared"), visitor.page("other")
    one.click("put", "from one", 1)
    wait_for(lambda: looked_at(two) == {"from one": 1})
    two.click("put", "from two", 2)
    two.click("drop", "from one")
    wait_for(lambda: looked_at(one) == {"from two": 2})
    assert kept(visitor) == {"from two": 2}


def test_an_app_sees_what_the_site_has_set(visitor: Visitor) -> None:
    visitor.get("/session/set?before=1")
    page = visitor.page("shared")
    assert looked_at(page) == {"before": "1"}
    visitor.get("/session/set?after=2")
    assert looked_at(page.reload()) == {"before": "1", "after": "2"}


def test_it_outlives_the_process(site: Site, visitor: Visitor) -> None:
    page = visitor.page("shared")
    page.click("put", "a", [1])
    site.ask_host("end", ids=[page.id])
    new = page.reload()
    assert new.id != page.id
    assert looked_at(new) == {"a": [1]}


def test_what_django_keeps_for_itself_is_neither_seen_nor_written(come: Come) -> None:
    visitor = come("ann")
    page = visitor.page("shared")
    before = kept(visitor)
    assert before["_auth_user_id"]
    assert not [key for key in looked_at(page) if key.startswith("_")]
    page.click("put", "_auth_user_id", "999")
    assert kept(visitor) == before


def test_what_is_no_json_is_reported(site: Site, visitor: Visitor) -> None:
    page = visitor.page("shared")
    page.click("odd")
    page.click("put", "fine", 1)
    assert kept(visitor) == {"fine": 1}
    assert "session['odd'] is not kept" in next(
        one["last_error"] for one in site.hosted() if one["id"] == page.id
    )


def test_one_visitor_does_not_see_another_s(come: Come) -> None:
    one, two = come(), come()
    one.page("shared").click("put", "a", 1)
    assert looked_at(two.page("shared")) == {}
    assert kept(two) == {}


def test_an_asgi_application_has_it_too(visitor: Visitor) -> None:
    assert visitor.get("/apps/echo/keep?this").text == "kept"
    assert kept(visitor) == {"kept": "this"}
    assert visitor.get("/apps/echo/").json()["session"] == {"kept": "this"}


def test_what_changes_when_nobody_listens_is_kept_with_the_next_page(visitor: Visitor) -> None:
    with visitor.http.stream("GET", "/apps/echo/forever") as stream:
        next(stream.iter_raw())
    wait_for(lambda: visitor.get("/apps/echo/").json()["session"] and kept(visitor).get("went"))
