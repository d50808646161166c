"""Apps in parano mode in a real browser, where it has WebCrypto and where it has none."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, Request, WebSocket, expect

from tests.sessions.browser.conftest import Come
from tests.sessions.browser.relays import without_upgrade
from tests.sessions.site import Site
from tests.waiting import wait_for

pytestmark = pytest.mark.once


class Heard:
    """All that a page says and hears in clear, once it has been loaded."""

    def __init__(self, page: Page) -> None:
        self.frames: list[str | bytes] = []
        self.scripts: list[str] = []
        page.on("websocket", self._listen)
        page.on("request", self._note)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: self.frames.append(frame))
        socket.on("framereceived", lambda frame: self.frames.append(frame))

    def _note(self, request: Request) -> None:
        if request.resource_type == "script":
            self.scripts.append(request.url)
        if request.method == "POST":
            self.frames.append(request.post_data_buffer or b"")

    @property
    def text(self) -> str:
        return "".join(str(frame) for frame in self.frames)


def opened(context: BrowserContext, app: str) -> tuple[Page, Heard]:
    page = context.new_page()
    heard = Heard(page)
    page.goto(f"/apps/{app}/")
    page.wait_for_function("smallweb_link.isLinked")
    return page, heard


@pytest.mark.parametrize("host", ["127.0.0.1", "plain.example"])
@pytest.mark.parametrize("app", ["sealed", "sealed-http"])
def test_an_app_works_and_nothing_is_said_in_clear(
    new_context: Come, site: Site, host: str, app: str, said: list[str]
) -> None:
    page, heard = opened(new_context(site, host=host), app)
    assert page.evaluate("isSecureContext") is (host == "127.0.0.1")
    page.click(".add")
    expect(page.locator(".shown")).to_have_text("1")
    page.click(".take")
    expect(page.locator(".taken")).to_have_text("300000")
    page.click(".stream")
    expect(page.locator("body")).to_contain_text("step0;step1;step2;")
    page.reload()
    expect(page.locator(".shown")).to_have_text("1")
    assert heard.frames
    assert "method" not in heard.text and "update" not in heard.text and "xxxx" not in heard.text
    assert any("noble" in url for url in heard.scripts) is (host != "127.0.0.1")
    assert said == []


@pytest.mark.parametrize("app", ["sealed-pusher", "sealed-pusher-http"])
def test_pushes_are_seen_in_two_tabs(new_context: Come, site: Site, app: str) -> None:
    context = new_context(site)
    tabs = [opened(context, app)[0] for _ in range(2)]
    tabs[0].click(".push")
    for tab in tabs:
        expect(tab.locator(".shown")).to_have_text("3")


def test_it_works_where_sockets_are_blocked(new_context: Come, site: Site) -> None:
    with without_upgrade(site.port) as relay:
        page, heard = opened(new_context(site, port=relay.port), "sealed-pusher")
        assert relay.refused >= 3
        page.click(".push")
        expect(page.locator(".shown")).to_have_text("3")
        assert "method" not in heard.text


def test_the_link_is_made_anew_after_a_frame_that_was_changed(new_context: Come, site: Site) -> None:
    page, _ = opened(new_context(site), "sealed")
    page.evaluate(
        """() => {
          const send = WebSocket.prototype.send;
          WebSocket.prototype.send = function (frame) {
            WebSocket.prototype.send = send;
            frame[frame.length - 1] ^= 1;
            this.send(frame);
          };
        }"""
    )
    with page.expect_navigation():
        page.click(".add")
    page.wait_for_function("smallweb_link.isLinked")
    page.click(".add")
    expect(page.locator(".shown")).to_have_text("1")


def test_what_was_changed_on_its_way_to_the_page_is_not_shown(new_context: Come, site: Site) -> None:
    page, _ = opened(new_context(site), "sealed")
    page.evaluate("smallweb_link.socket.seal.down = 5")
    page.click(".add")
    wait_for(lambda: page.evaluate("smallweb_link.hasOpened && smallweb_link.isLinked"), what="a new link")
    expect(page.locator(".shown")).to_have_text("1")
