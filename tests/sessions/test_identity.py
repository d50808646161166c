"""Whose session it is: nobody else gets at it, whatever is sent."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.sessions.client import Page, Visitor, connect_as
from tests.sessions.site import Site
from tests.waiting import wait_for

pytestmark = pytest.mark.once

Come = Callable[..., Visitor]
NIGHTLY = os.environ.get("SMALLWEB_NIGHTLY") == "1"
USERS, MESSAGES = (50, 100) if NIGHTLY else (8, 20)


@pytest.mark.parametrize("chosen", ["a" * 32, "ATTACKER-CHOSEN", "a/b/../x", "..%2f..%2fetc"])
def test_a_cookie_that_a_browser_chose_is_not_taken(come: Come, chosen: str) -> None:
    visitor = come()
    visitor.http.headers["Cookie"] = f"sessionid={chosen}"
    answer = visitor.get("/apps/counter/")
    assert answer.status_code == 200
    assert answer.cookies["sessionid"] not in ("", chosen)


def test_a_login_has_another_session(come: Come) -> None:
    visitor = come()
    page = visitor.page("counter")
    page.click("add")
    assert visitor.get("/log-in/ann").status_code == 200
    assert page.call(page.does("add")).status_code == 403  # the token is another one, too
    page.config["csrf"] = visitor.http.cookies["csrftoken"]
    assert page.call(page.does("add")).status_code == 410
    new = visitor.page("counter")
    assert new.id != page.id
    assert new.shown() == "0"


def test_a_logout_ends_the_sessions_of_the_login(site: Site, come: Come) -> None:
    visitor, other = come(), come()
    for each in (visitor, other):
        each.get("/log-in/bob")
    page, others = visitor.page("counter"), other.page("counter")
    visitor.get("/log-out")
    wait_for(lambda: page.id not in [one["id"] for one in site.hosted()])
    assert others.id in [one["id"] for one in site.hosted()]


def _as_somebody_else(visitor: Visitor, page: Page) -> Page:
    """Return the page as a thief has it, who knows all that stands in it."""
    thief = object.__new__(Page)
    thief.__dict__.update(page.__dict__, visitor=visitor)
    own = visitor.page("counter")
    thief.config = {**page.config, "csrf": own.config["csrf"]}
    return thief


def _close_code(page: Page, **rest: Any) -> int | None:
    with page.socket(**rest) as tab:
        try:
            tab.send(page.does("add"))
            tab.hear()
        except ConnectionClosed:
            return tab.socket.close_code
    return None


def test_a_session_is_no_use_to_another_user(site: Site, come: Come) -> None:
    page = come("ann").page("counter")
    before = page.reload().shown()
    for visitor in (come("bob"), come()):
        stolen = _as_somebody_else(visitor, page)
        assert _close_code(stolen) == 4404
        assert stolen.call(page.does("add")).status_code == 410
        assert visitor.get(page.config["pushes"]).status_code == 410
    nobody = come()
    assert nobody.get(page.config["pushes"]).status_code == 410
    stolen.visitor = nobody
    assert _close_code(stolen) == 4403
    assert page.reload().shown() == before


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_pages_of_other_sites_are_refused(site: Site, come: Come, origin: str) -> None:
    page = come().page("counter")
    with pytest.raises(InvalidStatus), page.socket(origin=origin):
        pass
    headers = {"Origin": origin}
    assert page.call(page.does("add"), **headers).status_code == 403
    assert page.visitor.get(page.config["pushes"], headers=headers).status_code == 403
    assert page.visitor.http.post("/apps/echo/echo", content=b"x", headers=headers).status_code == 403
    url = site.url.replace("http", "ws") + "/apps/echo/socket"
    with pytest.raises(InvalidStatus), connect_as(page.visitor, url, origin=origin):
        pass
    assert page.reload().shown() == "0"


def test_a_call_without_the_token_is_refused(come: Come) -> None:
    page = come().page("counter")
    for token in ("", "x" * 32):
        answer = page.call(page.does("add"), **{"X-CSRFToken": token})
        assert (answer.status_code, answer.json()["error"]) == (403, "csrf_failed")
    assert page.visitor.get(page.config["call"]).status_code == 405
    assert page.reload().shown() == "0"


def test_who_may_not_use_an_app_is_turned_away(site: Site, come: Come) -> None:
    assert come().get("/apps/members/", follow_redirects=False).status_code in (302, 401)
    assert come("ann").get("/apps/members/").status_code == 200
    assert come("ann").get("/apps/no-such-app/").status_code == 404


def test_who_may_not_use_an_app_any_more_is_turned_away_from_a_page_that_is_open(
    site: Site, come: Come
) -> None:
    page = come("ann").page("few")
    site.rows("UPDATE smallweb_sessions_approw SET enabled = 0 WHERE name = 'few'")
    try:
        wait_for(lambda: page.call(page.does("add")).status_code == 410)
        assert _close_code(page) == 4404
    finally:
        site.rows("UPDATE smallweb_sessions_approw SET enabled = 1 WHERE name = 'few'")


def test_forged_messages_have_no_effect_on_others(come: Come) -> None:
    chance = random.Random(5)
    pages = [come().page("counter") for _ in range(USERS)]
    for number, page in enumerate(pages):
        _forge(page, [other for other in pages if other is not page], chance)
        assert page.call(page.does("add")).status_code == 200, number
    assert [page.reload().shown() for page in pages] == ["1"] * USERS


def _forge(page: Page, others: list[Page], chance: random.Random) -> None:
    """Send from the page's own session what names tags, generators and methods of others."""
    ids = [other.does("add")["id"] for other in others]
    own = page.does("add")["id"]
    for _ in range(MESSAGES):
        message = {
            "id": chance.choice([id for id in ids if id != own] or [1]),
            "method": chance.choice(["add_one", "secret", "__init__", "offered", "__on__", None]),
            "args": chance.choice([[], [1], ["onclick-1"]]),
            "n": 1,
        }
        other = chance.choice(others)
        stolen = object.__new__(Page)
        stolen.__dict__.update(other.__dict__, visitor=page.visitor)
        stolen.config = {**other.config, "csrf": page.config["csrf"]}
        assert "update" not in page.call(message).json()
        assert stolen.call(message).status_code == 410


def test_the_site_s_cookies_do_not_reach_an_app(come: Come) -> None:
    visitor = come("ann")
    for pattern in ("taste=1; {}", "{};taste=1", "{}; taste=1; {}"):
        cookie = pattern.format(*(visitor.cookie_header() for _ in range(2)))
        headers = {"Cookie": cookie, "Authorization": "Basic x", "X-CSRFToken": "c" * 32}
        told = visitor.get("/apps/echo/", headers=headers).json()
        assert ["cookie", "taste=1"] in told["headers"]
        text = str(told["headers"])
        for secret in ("sessionid", "csrftoken", "Basic", "cccc"):
            assert secret not in text
        assert told["user"]["name"] == "ann"


def test_an_app_cannot_set_the_site_s_cookies(site: Site, come: Come) -> None:
    answer = come("ann").get("/apps/echo/cookies")
    cookies = answer.headers.get_list("set-cookie")
    assert sorted(cookie.partition("=")[0] for cookie in cookies) == ["taste", "taste2"]
    assert "HttpOnly" in next(cookie for cookie in cookies if cookie.startswith("taste="))


def test_an_app_cannot_set_them_by_a_socket(site: Site, come: Come) -> None:
    with connect_as(come("ann"), site.url.replace("http", "ws") + "/apps/echo/socket") as socket:
        assert socket.response is not None
        assert [text for text in socket.response.headers.get_all("set-cookie") if "chosen" in text] == []
