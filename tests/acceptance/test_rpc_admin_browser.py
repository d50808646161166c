"""Objects and channels in the admin: a real server, a real browser, the strictest content policy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.admin_pages import Open
from tests.acceptance.looks import DARK, faults, looks, options_of
from tests.acceptance.running_site import RunningSite, running_site
from tests.waiting import wait_for

pytestmark = pytest.mark.once
expect.set_options(timeout=20_000)  # the machine may be busy with the other tests

ADMIN = "/admin/smallweb_rpc"
CHANNELS = "/admin/smallweb_core/channel/"
CONNECTIONS = "/admin/smallweb_core/openconnection/"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """The demo and a till, behind the strictest policy."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMALLWEB_APPS", "smallweb_project.demo,tests.acceptance.till")
        settings = {"DJANGO_SETTINGS_MODULE": "tests.acceptance.strict_settings"}
        with running_site(tmp_path_factory.mktemp("rpc"), env=settings) as running:
            yield running


def _open_member(page: Page, path: str, then: str = "") -> None:
    page.goto(f"{ADMIN}/remotemember/?q={path}")
    link = page.get_by_role("link", name=path, exact=True).first
    page.goto((link.get_attribute("href") or "").partition("?")[0].replace("/change/", then or "/change/"))


def _press(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()


def _publish(page: Page, channel: str, value: str) -> None:
    page.get_by_label("Channel", exact=True).fill(channel)
    page.get_by_label("Value, as JSON").fill(value)
    _press(page, "Publish")
    expect(page.locator(".messagelist")).to_contain_text("Published on")


def test_a_member_is_called_from_the_tree(open_admin: Open) -> None:
    page = open_admin(f"{ADMIN}/remoteobject/")
    page.get_by_role("link", name="till", exact=True).click()
    page.get_by_role("link", name="Console of till.add").click()
    page.get_by_label("a must be given").fill("4")
    _press(page, "Call")
    expect(page.locator("section[aria-labelledby=smallweb-outcome]")).to_contain_text("14")
    expect(page.get_by_role("button", name="Copy")).to_have_count(3)
    page.get_by_role("button", name="Copy").first.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()


def test_the_console_and_the_switch_work_by_keyboard_and_without_javascript(open_admin: Open) -> None:
    page = open_admin(f"{ADMIN}/remotemember/", java_script_enabled=False)
    _open_member(page, "till.who")
    _press(page, "Switch off")
    expect(page.locator(".messagelist")).to_contain_text("nobody reaches it")
    page.get_by_role("link", name="Console", exact=True).click()
    page.get_by_role("button", name="Call").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("no_such_member")
    page.get_by_role("link", name="Back").click()
    _press(page, "Switch on")
    page.get_by_role("link", name="Console", exact=True).click()
    _press(page, "Call")
    expect(page.locator("section[aria-labelledby=smallweb-outcome]")).to_contain_text('"admin"')


def test_a_failed_call_appears_in_the_log(open_admin: Open) -> None:
    log = open_admin(f"{ADMIN}/callrecord/?path=till.fail")
    expect(log.locator(".smallweb-live")).to_have_text("live")
    expect(log.locator("#result_list")).to_have_count(0)
    other = open_admin("/admin/")
    _open_member(other, "till.fail", "/console/")
    _press(other, "Call")
    log.bring_to_front()  # a list that nobody sees waits
    row = log.locator("#result_list tbody tr").filter(has_text="till.fail").first
    expect(row).to_contain_text("call_failed")


def test_a_tracked_value_is_set_and_the_tail_hears_it(open_admin: Open) -> None:
    tail = open_admin(f"{CHANNELS}?filter=objects/%23")
    expect(tail.get_by_role("status")).to_contain_text("live")
    page = open_admin(f"{ADMIN}/trackedvalue/")
    page.get_by_role("link", name="set till.opening").click()
    page.get_by_label("Value, as JSON:").fill('{"mo": "8-12"}')
    page.get_by_role("button", name="Save", exact=True).click()
    said = tail.locator("#smallweb-tail tbody tr").filter(has_text="objects/till/opening")
    expect(said).to_contain_text('{"mo":"8-12"}')
    page.get_by_role("link", name="till.opening").first.click()
    _press(page, "Reset to default")
    expect(page.locator(".messagelist")).to_contain_text("at its default again")
    expect(said).to_have_count(2)


def test_the_tail_waits_and_is_cleared(open_admin: Open) -> None:
    tail = open_admin(f"{CHANNELS}?filter=pages/pause/%23")
    rows = tail.locator("#smallweb-tail tbody tr")
    status = tail.get_by_role("status")
    expect(status).to_contain_text("live")
    _press(tail, "Pause")
    page = open_admin(CHANNELS)
    _publish(page, "pages/pause/a", '{"n": 1}')
    expect(status).to_contain_text("1 wait")
    expect(rows).to_have_count(0)
    _press(tail, "Go on")
    expect(rows).to_have_count(1)
    _publish(page, "pages/pause/a", '{"n": 2}')
    expect(rows.first).to_contain_text('{"n":2}')
    _press(tail, "Clear")
    expect(rows).to_have_count(0)


def test_the_list_of_channels_is_renewed_by_what_is_said(open_admin: Open) -> None:
    page = open_admin(CHANNELS)
    _publish(page, "pages/kept/a", '"first"')
    listed = open_admin(f"{CHANNELS}?filter=pages/kept/%23")
    expect(listed.get_by_role("status")).to_contain_text("live")
    row = listed.locator("tr[data-channel='pages/kept/a']")
    expect(row).to_contain_text('"first"')
    _publish(page, "pages/kept/a", '"second"')
    expect(row).to_contain_text('"second"')


def test_a_connection_is_kicked_and_comes_back(open_admin: Open) -> None:
    tail = open_admin(f"{CHANNELS}?filter=pages/kick/%23")
    expect(tail.get_by_role("status")).to_contain_text("live: 0")
    page = open_admin(CONNECTIONS)
    row = page.locator("#result_list tbody tr").filter(has_text="pages/kick/#")
    first = row.locator("[name=id]").get_attribute("value")
    row.get_by_role("button", name="Kick admin").click()
    expect(page.locator(".messagelist")).to_contain_text("is told to go")

    def has_another() -> bool:
        page.reload()
        return row.count() == 1 and row.locator("[name=id]").get_attribute("value") != first

    wait_for(has_another, limit_s=60)


def _pages(open_admin: Open, **options: Any) -> Iterator[Page]:
    """Yield the pages about objects and channels, one after the other."""
    page = open_admin(f"{CHANNELS}?filter=%23", **options)
    yield page
    page.goto(f"{CHANNELS}?filter=a%23")
    yield page
    page.goto(CONNECTIONS)
    yield page
    for path in ("/remoteobject/", "/remotemember/", "/trackedvalue/", "/callrecord/", "/trackedvalue/add/"):
        page.goto(ADMIN + path)
        yield page
    page.goto(f"{ADMIN}/remoteobject/")
    page.get_by_role("link", name="till", exact=True).click()
    yield page
    _open_member(page, "till.buy")
    yield page
    _open_member(page, "till.buy", "/console/")
    yield page
    page.get_by_label("article must be given").fill('{"name": "tea"}')
    _press(page, "Call")
    yield page
    _open_member(page, "till.count_up", "/console/")
    _press(page, "Call")
    yield page
    page.goto(f"{ADMIN}/callrecord/?went=wrong")
    page.locator("#result_list tbody th a").first.click()
    yield page


@pytest.mark.parametrize(("scheme", "width"), looks(DARK))
def test_nothing_stands_in_the_way_of_people_with_aids_or_telephones(
    scheme: str, width: int, open_admin: Open
) -> None:
    found: list[str] = []
    for page in _pages(open_admin, **options_of(scheme, width)):
        found.extend(faults(page, width=width))
    assert not found, "\n".join(found)
