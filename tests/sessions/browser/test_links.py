"""What a page does when its link breaks, or cannot be a socket."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.acceptance.processes import free_port
from tests.rpc.client.relay import relayed
from tests.sessions.browser.conftest import Come
from tests.sessions.browser.relays import without_upgrade
from tests.sessions.site import Site
from tests.source import ROOT
from tests.waiting import is_alive, wait_for

pytestmark = pytest.mark.once

OFF = re.compile("htagoff")
_HOST = """
import sys
from pathlib import Path
from smallweb.sessions.host.main import run_host
run_host(Path(sys.argv[1]), while_used=False, ready=lambda: print("ready", flush=True))
"""


def opened(context: BrowserContext, app: str) -> Page:
    page = context.new_page()
    page.goto(f"/apps/{app}/")
    page.wait_for_function("smallweb_link.isLinked")
    return page


def session_of(page: Page, site: Site) -> dict[str, Any]:
    id = page.evaluate("smallweb_link.config.socket").rpartition("/")[2]
    (found,) = site.hosted(ids=[id])
    return found


@contextmanager
def host_of(site: Site) -> Iterator[subprocess.Popen[bytes]]:
    """Run the host by a command, so that it outlives web servers, and the site."""
    folder = site.folder / "run/sessions"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    command = [sys.executable, "-c", _HOST, str(folder)]
    host = subprocess.Popen(command, cwd=ROOT, env=site.environment(), stdout=subprocess.PIPE)
    try:
        assert host.stdout is not None
        assert host.stdout.readline() == b"ready\n"
        site.start()
        yield host
    finally:
        site.kill()
        host.terminate()
        host.wait(20)
        assert host.stdout is not None
        host.stdout.close()


def test_a_page_outlives_its_web_server(
    tmp_path: Path, database: Path, new_context: Come, said: list[str]
) -> None:
    shutil.copyfile(database, tmp_path / "db.sqlite3")
    site = Site(tmp_path, free_port())
    with host_of(site):
        context = new_context(site)
        tabs = [opened(context, app) for app in ("page", "page", "sealed-http")]
        for tab in tabs:
            tab.evaluate("window.isTheSame = true")
            tab.click(".all")
            wait_for(lambda tab=tab: tab.evaluate("!smallweb_link.asked.size"), what="the answer")  # type: ignore[misc]
        site.kill()
        for tab in tabs:
            expect(tab.locator("body")).to_have_class(OFF)
        for tab in tabs[1:]:
            tab.click(".add")  # it waits
        site.start()
        for tab in tabs:
            expect(tab.locator("body")).not_to_have_class(OFF, timeout=20_000)
            assert tab.evaluate("window.isTheSame")
            expect(tab.locator(".shown")).not_to_have_text("0")
        assert tabs[0].text_content(".shown") == tabs[1].text_content(".shown")
    assert said == []


def test_a_page_whose_session_died_is_loaded_anew_with_its_state(
    new_context: Come, site: Site, said: list[str]
) -> None:
    for app in ("page", "sealed-http"):
        page = opened(new_context(site), app)
        page.click(".add")
        expect(page.locator(".shown")).to_have_text("1")
        before = session_of(page, site)
        show = page.context.request.get
        wait_for(lambda show=show: show("/session/show").json(), what="the kept state")  # type: ignore[misc]
        with page.expect_navigation():
            os.kill(int(before["pid"]), signal.SIGKILL)
        page.wait_for_function("smallweb_link.isLinked")
        assert session_of(page, site)["id"] != before["id"]
        expect(page.locator(".shown")).to_have_text("1")
    assert said == []


def test_an_interaction_whose_answer_was_lost_is_done_once(new_context: Come, site: Site) -> None:
    with relayed(site.port) as relay:
        page = opened(new_context(site, port=relay.port), "page")
        relay.is_silent = True
        done = session_of(page, site)["interactions"]
        page.click(".add")
        wait_for(lambda: session_of(page, site)["interactions"] > done, what="the interaction")
        relay.cut()
        relay.is_silent = False
        expect(page.locator(".shown")).to_have_text("1")
        wait_for(lambda: page.evaluate("smallweb_link.asked.size") == 0, what="the answer")
        page.click(".stream")
        expect(page.locator("body")).to_contain_text("step2;")
        expect(page.locator(".shown")).to_have_text("1")


def test_pauses_between_attempts_double_and_differ(new_context: Come, site: Site) -> None:
    with relayed(site.port) as relay:
        page = opened(new_context(site, port=relay.port), "page")
        page.evaluate(
            """() => {
              window.pauses = [];
              const wait = window.setTimeout;
              window.setTimeout = (work, pause) => pauses.push(pause) && wait(work, pause / 50);
            }"""
        )
        relay.is_closed = True
        relay.cut()
        expect(page.locator("body")).to_have_class(OFF)
        wait_for(lambda: page.evaluate("pauses.length") >= 8, what="8 attempts")
        relay.is_closed = False
        expect(page.locator("body")).not_to_have_class(OFF)
        pauses = page.evaluate("pauses")
    for number, pause in enumerate(pauses[:8]):
        whole = min(500 * 2**number, 15_000)
        assert 0.5 * whole <= pause <= 1.5 * whole
    assert len({pause / min(500 * 2**number, 15_000) for number, pause in enumerate(pauses)}) > 5


@pytest.mark.parametrize("app", ["page", "page-http", "sealed"])
def test_a_line_that_went_dead_is_found(new_context: Come, site: Site, app: str) -> None:
    with relayed(site.port) as relay:
        context = new_context(site, port=relay.port)
        page = context.new_page()
        page.clock.install()
        page.goto(f"/apps/{app}/")
        page.wait_for_function("smallweb_link.isLinked")
        relay.is_silent = True
        page.clock.run_for(30_000)
        expect(page.locator("body")).not_to_have_class(OFF)
        page.clock.run_for(60_000)
        expect(page.locator("body")).to_have_class(OFF)
        relay.is_silent = False
        relay.cut()
        wait_for(lambda: _is_up(page), what="a new link")


def _is_up(page: Page) -> bool:
    page.clock.run_for(500)
    return bool(page.evaluate("smallweb_link.isLinked"))


def test_a_heartbeat_keeps_a_silent_socket(new_context: Come, site: Site) -> None:
    page = new_context(site).new_page()
    frames: list[Any] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda data: frames.append(data)))
    page.clock.install()
    page.goto("/apps/page/")
    page.wait_for_function("smallweb_link.isLinked")
    for beats in range(1, 5):
        page.clock.run_for(25_000)
        wait_for(lambda beats=beats: page.evaluate("1") and len(frames) >= beats, what="a beat")  # type: ignore[misc]
    assert set(frames) == {"{}"}
    assert page.evaluate("smallweb_link.isLinked")


def test_a_session_that_dies_again_and_again_makes_no_storm(new_context: Come, site: Site) -> None:
    page = new_context(site).new_page()
    page.add_init_script(
        """
        const wait = window.setTimeout;
        const note = (pause) => {
          const pauses = JSON.parse(sessionStorage.pauses ?? "[]");
          sessionStorage.pauses = JSON.stringify([...pauses, pause]);
        };
        window.setTimeout = (work, pause) => {
          if (!String(work).includes("location.reload")) return wait(work, pause);
          note(pause);
          return wait(work, pause / 20);
        };
        """
    )
    page.goto("/apps/dying/")
    wait_for(lambda: len(_pauses(page)) >= 4, limit_s=20, what="4 reloads")
    for pause, whole in zip(_pauses(page), (0, 2000, 4000, 8000), strict=False):
        assert 0.5 * whole <= pause <= 1.5 * whole


def _pauses(page: Page) -> list[float]:
    try:
        found: list[float] = page.evaluate("JSON.parse(sessionStorage.pauses ?? '[]')")
    except Exception:  # it is being loaded
        return []
    return found


def test_sockets_that_are_blocked_are_done_without(new_context: Come, site: Site, said: list[str]) -> None:
    with without_upgrade(site.port) as relay:
        context = new_context(site, port=relay.port)
        page = context.new_page()
        page.goto("/apps/page/")
        page.evaluate("document.querySelector('.add').click()")
        expect(page.locator(".shown")).to_have_text("1", timeout=15_000)
        assert page.evaluate("smallweb_link.withoutSocket")
        other = opened(context, "page")
        page.click(".stream")
        for tab in (page, other):
            expect(tab.locator("body")).to_contain_text("step0;step1;step2;")
        assert relay.refused >= 6
    assert said == []


def test_without_a_socket_changes_come_in_their_order(context: BrowserContext, said: list[str]) -> None:
    tabs = [opened(context, "page-http") for _ in range(3)]
    for tab in tabs:
        tab.evaluate("for (let i = 0; i < 10; i++) document.querySelector('.add').click()")
    for tab in tabs:
        expect(tab.locator(".shown")).to_have_text("30", timeout=15_000)
        assert not tab.evaluate("smallweb_link.held.length")
    assert said == []


def test_an_app_without_sockets_opens_none(context: BrowserContext) -> None:
    page = context.new_page()
    sockets: list[Any] = []
    page.on("websocket", lambda socket: sockets.append(socket))
    page.goto("/apps/page-http/")
    page.wait_for_function("smallweb_link.isLinked")
    page.click(".add")
    expect(page.locator(".shown")).to_have_text("1")
    assert not sockets


def test_a_request_without_the_token_is_refused(context: BrowserContext) -> None:
    page = opened(context, "page-http")
    call = page.evaluate("smallweb_link.config.call")
    answer = context.request.post(call, data="{}")
    assert answer.status == 403
    assert answer.json()["error"] == "csrf_failed"


def test_a_logout_takes_the_page_along(new_context: Come, serve: Callable[..., Site]) -> None:
    site = serve()
    page = opened(new_context(site, "ann"), "members")
    pid = session_of(page, site)["pid"]
    with page.expect_navigation():
        assert page.context.request.get("/log-out").ok
    wait_for(lambda: "login" in page.url, what="the page to log in")
    wait_for(lambda: not is_alive(pid), what="the end of the session")
    assert httpx.get(f"{site.url}/apps/members/").status_code == 302
