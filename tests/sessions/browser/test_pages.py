"""Pages of htag 1 in a real browser, linked to their sessions by sockets."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.sessions.browser.conftest import Come
from tests.sessions.site import Site
from tests.waiting import wait_for

pytestmark = pytest.mark.once


def opened(context: BrowserContext, path: str) -> Page:
    page = context.new_page()
    answer = page.goto(path)
    assert answer is not None and answer.status == 200, answer and answer.text()
    page.wait_for_function("smallweb_link.isLinked")
    return page


def test_a_click_counts(context: BrowserContext, said: list[str]) -> None:
    page = opened(context, "/apps/counter/")
    page.click(".add")
    page.click(".add")
    expect(page.locator(".shown")).to_have_text("2")
    assert said == []


def test_a_click_before_the_link_is_there_counts(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/apps/page/")
    page.evaluate("document.querySelector('.add').click()")
    expect(page.locator(".shown")).to_have_text("1")


def test_a_page_loaded_again_shows_the_same_instance(context: BrowserContext) -> None:
    page = opened(context, "/apps/counter/")
    page.click(".add")
    expect(page.locator(".shown")).to_have_text("1")
    page.reload()
    expect(page.locator(".shown")).to_have_text("1")
    page.click(".add")
    expect(page.locator(".shown")).to_have_text("2")


def test_two_tabs_stay_the_same(context: BrowserContext, said: list[str]) -> None:
    tabs = [opened(context, "/apps/page/") for _ in range(2)]
    for number, tab in enumerate([*tabs, *tabs], 1):
        tab.click(".add")
        for each in tabs:
            expect(each.locator(".shown")).to_have_text(str(number))
    tabs[0].click(".all")
    tabs[1].click(".stream")
    for each in tabs:
        expect(each.locator("body")).to_contain_text("step0;step1;step2;")
    assert said == []


def test_a_tab_whose_scripts_changed_ids_goes_on(context: BrowserContext, said: list[str]) -> None:
    tabs = [opened(context, "/apps/page/") for _ in range(2)]
    tabs[1].evaluate("document.body.id = 'mine'; document.querySelector('.taken').id = 'also-mine'")
    tabs[0].click(".take")
    tabs[0].click(".stream")
    expect(tabs[1].locator("body")).to_contain_text("step0;step1;step2;")
    tabs[1].evaluate("document.body.id = 'mine'")
    tabs[0].click(".all")
    tabs[0].click(".add")
    expect(tabs[1].locator(".shown")).to_have_text("1")
    assert said == []


@pytest.mark.parametrize("app", ["pusher", "http-only"])
def test_pushes_are_seen_in_two_tabs(context: BrowserContext, app: str) -> None:
    tabs = [opened(context, f"/apps/{app}/") for _ in range(2)]
    tabs[0].click(".push")
    for tab in tabs:
        expect(tab.locator(".shown")).to_have_text("3")


@pytest.mark.parametrize("kind", ["stream", "astream"])
def test_a_generator_streams(context: BrowserContext, kind: str) -> None:
    page = opened(context, "/apps/streamer/")
    page.click(f".{kind}")
    expect(page.locator("body")).to_contain_text("step2;")


def test_a_query_gives_arguments_to_init(context: BrowserContext) -> None:
    page = opened(context, "/apps/arguments/?a&b=1&c=&b=2&%C3%A9")
    expect(page.locator("pre")).to_contain_text("(('a', 'é'), {'b': '2', 'c': None}")


def test_an_error_is_shown_in_debug(context: BrowserContext) -> None:
    page = opened(context, "/apps/open/")
    page.click(".fail")
    expect(page.get_by_role("alert")).to_contain_text("Traceback")
    expect(page.get_by_role("alert")).to_contain_text("hidden words")
    page.get_by_role("alert").get_by_role("button", name="Close").click()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_an_error_is_hidden_otherwise(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    frames: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda data: frames.append(str(data))))
    page.goto("/apps/faulty/")
    page.click(".fail")
    wait_for(lambda: page.evaluate("smallweb_link.asked.size") == 0 and frames, what="the answer")
    expect(page.get_by_role("alert")).to_have_count(0)
    assert "The app failed." in "".join(frames)
    assert "hidden words" not in "".join(frames)
    id = page.evaluate("smallweb_link.config.socket").rpartition("/")[2]
    assert "hidden words" in site.hosted(ids=[id])[0]["last_error"]


@pytest.mark.parametrize(("app", "is_shown"), [("open", True), ("faulty", False)])
def test_an_init_that_fails_is_told_as_text(context: BrowserContext, app: str, is_shown: bool) -> None:
    page = opened(context, f"/apps/{app}/?words")
    words = expect(page.locator("body"))
    (words.to_contain_text if is_shown else words.not_to_contain_text)("broken <b>words</b>")
    expect(page.locator("b")).to_have_count(0)


def test_exit_ends_the_session_and_the_page_stays(context: BrowserContext, said: list[str]) -> None:
    tabs = [opened(context, "/apps/faulty/") for _ in range(2)]
    tabs[0].click(".quit")
    for tab in tabs:
        expect(tab.locator("body")).to_have_class(re.compile("htagoff"))
        assert tab.evaluate("smallweb_link.hasEnded")
    before = tabs[0].evaluate("smallweb_link.config.socket")
    tabs[0].reload()
    expect(tabs[0].locator("body")).not_to_have_class(re.compile("htagoff"))
    assert tabs[0].evaluate("smallweb_link.config.socket") != before
    assert said == []


def test_an_operator_tells_all_tabs(new_context: Come, site: Site) -> None:
    ann, bob = (new_context(site, name) for name in ("ann", "bob"))
    tabs = [opened(context, "/apps/members/") for context in (ann, ann, bob)]
    (visitor,) = {one["visitor"] for one in site.hosted(app="members") if one["name"] == "ann"}
    site.ask_host("tell", visitor=visitor, text="We restart at <b>noon</b>.")
    for tab in tabs[:2]:
        expect(tab.get_by_role("status")).to_contain_text("We restart at <b>noon</b>.")
    expect(tabs[2].get_by_role("status")).to_have_count(0)


@pytest.mark.parametrize("app", ["page", "page-http"])
def test_a_large_interaction_goes_by_a_request(context: BrowserContext, app: str) -> None:
    page = opened(context, f"/apps/{app}/")
    with page.expect_request(lambda asked: asked.method == "POST"):
        page.click(".take")
    expect(page.locator(".taken")).to_have_text("300000")


@pytest.mark.parametrize("widget", ["htagui", "htbulma"])
def test_a_widget_uploads(context: BrowserContext, widget: str) -> None:
    page = opened(context, "/apps/uploads/")
    content = bytes(range(256)) * 1500
    page.set_input_files(
        f".{widget}", {"name": "data.bin", "mimeType": "application/octet-stream", "buffer": content}
    )
    expect(page.locator(".shown")).to_have_text(f"data.bin: {len(content)} {sum(content) % 65521}")


def test_widgets_with_scripts_of_their_own_work(context: BrowserContext, said: list[str]) -> None:
    page = opened(context, "/apps/tabs/")
    expect(page.locator("body")).to_contain_text("one")
    page.get_by_text("Second").click()
    expect(page.locator("body")).to_contain_text("two")
    assert said == []
