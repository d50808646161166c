"""Controllers in the admin: a real server, a real worker, a real browser, the strictest content policy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.admin_pages import Open
from tests.acceptance.looks import LIGHT, faults, looks, options_of
from tests.acceptance.running_site import RunningSite, running_site

pytestmark = pytest.mark.once
expect.set_options(timeout=20_000)  # the machine may be busy with the other tests

ADMIN = "/admin/smallweb_dispatch"
OPEN = "examples/probe/Open"
OUTCOME = "section[aria-labelledby=smallweb-outcome]"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """The demo and the tests' controllers, behind the strictest policy."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMALLWEB_APPS", "smallweb_project.demo,tests.host")
        settings = {"DJANGO_SETTINGS_MODULE": "tests.acceptance.strict_settings"}
        with running_site(tmp_path_factory.mktemp("dispatch"), env=settings) as running:
            yield running


def _open_node(page: Page, path: str, then: str = "/change/") -> None:
    page.goto(f"{ADMIN}/node/?name={path}")
    link = page.locator("#result_list tbody th a").first
    page.goto((link.get_attribute("href") or "").partition("?")[0].replace("/change/", then))


def _press(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()


def test_a_method_is_called_from_the_tree(open_admin: Open) -> None:
    page = open_admin(f"{ADMIN}/node/")
    page.get_by_role("link", name=f"Console of {OPEN}/add", exact=True).click()
    page.get_by_label("a must be given").fill("4")
    _press(page, "GET")
    expect(page.locator(OUTCOME)).to_contain_text("200 OK")
    expect(page.get_by_role("button", name="Copy")).to_have_count(2)
    page.get_by_role("button", name="Copy").first.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()


def test_the_console_and_the_switch_work_by_keyboard_and_without_javascript(open_admin: Open) -> None:
    page = open_admin(f"{ADMIN}/node/", java_script_enabled=False)
    _open_node(page, f"{OPEN}/who")
    _press(page, "Switch off")
    expect(page.locator(".messagelist")).to_contain_text("nobody reaches it")
    page.get_by_role("link", name="Console", exact=True).click()
    page.get_by_role("button", name="GET").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("404")
    page.get_by_role("link", name="Back").click()
    _press(page, "Switch on")
    page.get_by_role("link", name="Console", exact=True).click()
    _press(page, "GET")
    expect(page.locator(OUTCOME)).to_contain_text("admin")


def test_a_file_is_sent(open_admin: Open, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"12345")
    page = open_admin(f"{ADMIN}/node/")
    _open_node(page, f"{OPEN}/upload", "/console/")
    page.get_by_label("title", exact=True).fill("x")
    page.get_by_label("photo must be given").set_input_files(tmp_path / "a.png")
    _press(page, "POST")
    expect(page.locator(OUTCOME)).to_contain_text('"size": 5')


def test_a_failed_request_appears_in_the_log_and_in_the_tree(open_admin: Open) -> None:
    log = open_admin(f"{ADMIN}/requestrecord/?path={OPEN}/raises")
    tree = open_admin(f"{ADMIN}/node/?q={OPEN}/raises")
    for page in (log, tree):
        expect(page.locator(".smallweb-live")).to_have_text("live")
    other = open_admin("/admin/")
    _open_node(other, f"{OPEN}/raises", "/console/")
    _press(other, "GET")
    log.bring_to_front()  # a list that nobody sees waits
    expect(log.locator("#result_list tbody tr").first).to_contain_text("call_failed")
    tree.bring_to_front()
    expect(tree.locator("#result_list tbody tr").first).to_contain_text("1 in the last minute")


def test_a_task_is_followed_and_cancelled(open_admin: Open) -> None:
    page = open_admin(f"{ADMIN}/node/")
    _open_node(page, f"{OPEN}/count", "/console/")
    page.get_by_label("to must be given").fill("2000")
    _press(page, "POST")
    expect(page.locator(OUTCOME)).to_contain_text("202 Accepted")
    page.get_by_role("link", name="how far it is").click()
    expect(page.locator("#smallweb-title")).to_have_text("Counting")
    expect(page.locator("#smallweb-word")).to_have_text("running")
    tasks = open_admin(f"{ADMIN}/ticket/")
    row = tasks.locator("#result_list tbody tr").first
    expect(row).to_contain_text("running")
    row.get_by_role("link", name=f"{OPEN}/count").click()
    _press(tasks, "Cancel")
    expect(tasks.locator("[data-live$=':state']")).to_contain_text("cancelled")
    page.bring_to_front()
    expect(page.locator("#smallweb-word")).to_have_text("cancelled")


def test_it_is_told_what_a_url_reaches(open_admin: Open) -> None:
    page = open_admin(f"{ADMIN}/node/")
    page.get_by_role("link", name="Which code would this URL reach?").click()
    page.get_by_label("URL or path").fill("/examples/probe/Closed/change")
    page.get_by_label("Method", exact=True).select_option("POST")
    _press(page, "Tell me")
    expect(page.get_by_role("status")).to_contain_text("A visitor is not answered:")
    page.get_by_label("User").fill("admin")
    _press(page, "Tell me")
    expect(page.get_by_role("status")).to_contain_text("admin may call it.")


def _pages(open_admin: Open, **options: Any) -> Iterator[Page]:
    """Yield the pages about controllers, one after the other."""
    page = open_admin(f"{ADMIN}/node/", **options)
    yield page
    for path in (
        "/node/?q=hello", "/node/reach/", f"/node/reach/?url=/{OPEN}/hello", "/node/reach/?url=/examples",
        "/node/reach/?url=/examples/probe/Closed/change&method=GET", "/requestrecord/", "/ticket/",
    ):  # fmt: skip
        page.goto(ADMIN + path)
        yield page
    for path in ("examples", f"{OPEN}/order"):
        _open_node(page, path)
        yield page
    _open_node(page, f"{OPEN}/upload", "/console/")
    yield page
    _open_node(page, f"{OPEN}/dump", "/console/")
    _press(page, "POST")
    yield page
    _open_node(page, f"{OPEN}/raises", "/console/")
    _press(page, "GET")
    yield page
    _open_node(page, f"{OPEN}/count", "/console/")
    page.get_by_label("to must be given").fill("1")
    _press(page, "POST")
    yield page
    page.goto(f"{ADMIN}/ticket/")
    page.locator("#result_list tbody th a").first.click()
    yield page
    page.goto("/admin/smallweb_core/apitoken/add/")
    yield page


@pytest.mark.parametrize(("scheme", "width"), looks(LIGHT))
def test_nothing_stands_in_the_way_of_people_with_aids_or_telephones(
    scheme: str, width: int, open_admin: Open
) -> None:
    found: list[str] = []
    for page in _pages(open_admin, **options_of(scheme, width)):
        found.extend(faults(page, width=width))
    assert not found, "\n".join(found)
