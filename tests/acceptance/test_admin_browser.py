"""The admin in a real browser, with a real server and worker, behind the strictest content policy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.admin_pages import Open, admin_contexts
from tests.acceptance.looks import DARK, faults, looks, options_of
from tests.acceptance.running_site import RunningSite, running_site
from tests.waiting import wait_for

pytestmark = pytest.mark.once
expect.set_options(timeout=20_000)  # the machine may be busy with the other tests

ADMIN = "/admin/smallweb_periodic"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """The demo behind the strictest policy."""
    settings = {"DJANGO_SETTINGS_MODULE": "tests.acceptance.strict_settings"}
    with running_site(tmp_path_factory.mktemp("admin"), env=settings) as running:
        yield running


def _job_url(page: Page, name: str) -> str:
    """Return the path of the form of the job called ``name``."""
    page.goto(f"{ADMIN}/job/?q={name}")
    href = page.get_by_role("link", name=f"index.html#{name}", exact=True).get_attribute("href")
    assert href
    return href.partition("?")[0]


def _open_job(open_admin: Open, name: str, **options: Any) -> Page:
    page = open_admin(f"{ADMIN}/job/", **options)
    page.goto(_job_url(page, name))
    return page


def _row(page: Page, name: str) -> Any:
    link = page.get_by_role("link", name=f"index.html#{name}", exact=True)
    return page.locator("#result_list tbody tr").filter(has=link)


def _change(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()


def test_the_list_of_jobs_renews_itself_and_disturbs_nobody(open_admin: Open) -> None:
    page = open_admin(f"{ADMIN}/job/")
    page.evaluate("window.isSame = true")
    expect(page.get_by_role("status").filter(has_text="live")).to_have_text("live")
    box = _row(page, "clock").locator("input.action-select")
    box.check()
    page.locator("#searchbar").fill("half a wo")
    last_run = _row(page, "clock").locator(".field-shown_result time")
    before = last_run.get_attribute("datetime")
    expect(last_run).not_to_have_attribute("datetime", before or "")
    expect(box).to_be_checked()
    expect(page.locator("#searchbar")).to_be_focused()
    expect(page.locator("#searchbar")).to_have_value("half a wo")
    assert page.evaluate("window.isSame")


def test_new_runs_appear_on_top_of_the_list(open_admin: Open) -> None:
    page = open_admin(f"{ADMIN}/jobrun/")
    page.evaluate("window.isSame = true")
    first = page.locator("#result_list tbody tr").first
    number = first.locator("input.action-select").get_attribute("value")
    first.locator("input.action-select").focus()
    wait_for(lambda: first.locator("input.action-select").get_attribute("value") != number)
    expect(page.locator(f"input.action-select[value='{number}']")).to_be_focused()
    assert page.evaluate("window.isSame")


def test_the_sign_tells_that_the_server_is_down_and_back(
    site: RunningSite, browser: Browser, login: Any
) -> None:
    with admin_contexts(browser, base_url=site.url, storage_state=login) as new_context:
        page = new_context().new_page()
        page.goto(f"{ADMIN}/job/")
        expect(page.locator(".smallweb-live")).to_have_text("live")
        site.kill_web()
        expect(page.locator(".smallweb-live")).to_have_text("not live")
        expect(page.locator(".smallweb-live")).to_have_text("live", timeout=40_000)


def test_a_form_shows_the_present_and_keeps_what_is_typed(open_admin: Open) -> None:
    page = _open_job(open_admin, "clock")
    page.get_by_label("On error:").fill("not saved yet")
    value = page.locator("[data-live$=':value'] pre")
    before = value.inner_text()
    expect(value).not_to_have_text(before)
    expect(page.get_by_label("On error:")).to_have_value("not saved yet")
    expect(page.get_by_label("On error:")).to_be_focused()


def test_due_times_are_shown_while_a_schedule_is_typed(open_admin: Open) -> None:
    page = _open_job(open_admin, "moon")
    times = page.locator("#smallweb-upcoming")
    page.get_by_label("Every:").fill("")
    page.get_by_label("Cron:").fill("0 9 * * *")
    expect(times.locator("p")).to_contain_text("at 09:00")
    expect(times.locator("li")).to_have_count(5)
    page.get_by_label("Cron:").fill("0 99 * * *")
    expect(times.locator("p.smallweb-problem")).to_be_visible()
    expect(times.locator("li")).to_have_count(0)


def test_a_job_is_paused_run_by_hand_and_resumed(open_admin: Open, site: RunningSite) -> None:
    page = _open_job(open_admin, "temperature")
    _change(page, "Pause")
    expect(page.locator(".messagelist")).to_contain_text("is paused")
    expect(page.locator("[data-live$=':next_run']")).to_have_text("paused")
    _change(page, "Run now")
    expect(page.locator(".messagelist")).to_contain_text("is queued")
    by_hand = page.locator("[data-live$=':runs'] tr").filter(has_text="by hand").first
    expect(by_hand).to_contain_text("successful", timeout=20_000)
    _change(page, "Resume")
    expect(page.locator(".messagelist")).to_contain_text("goes on")
    expect(page.locator("[data-live$=':next_run'] time")).to_be_visible()


def test_a_changed_interval_is_kept_and_given_up_again(open_admin: Open) -> None:
    page = _open_job(open_admin, "uptime")
    page.get_by_label("Every:").fill("2h")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.locator("#smallweb-upcoming")).to_contain_text("every 2 hours")
    expect(page.locator(".field-shown_edits")).to_contain_text("2h")
    _change(page, "Reset to code")
    expect(page.get_by_label("Every:")).to_have_value("10s")
    expect(page.locator(".field-shown_edits")).to_contain_text("As in the code.")


def test_a_dry_run_shows_what_would_change(open_admin: Open, site: RunningSite) -> None:
    page = open_admin(f"{ADMIN}/page/")
    page.get_by_role("link", name="index.html", exact=True).click()

    def shows_the_uptime() -> bool:
        """Whether it has gone on since it was written, ten seconds ago at most; otherwise go back."""
        _change(page, "Dry run")
        expect(page.get_by_role("heading", name="Changes")).to_be_visible()
        kinds = ("removed", "added")
        lines = [page.locator(f".smallweb-{kind}").filter(has_text='id="uptime"').count() for kind in kinds]
        if lines != [1, 1]:
            page.go_back()
        return lines == [1, 1]

    wait_for(shows_the_uptime, limit_s=60)


def test_a_tag_leads_to_the_form_of_a_new_job(open_admin: Open) -> None:
    page = open_admin(f"{ADMIN}/page/")
    page.get_by_role("link", name="index.html", exact=True).click()
    page.get_by_role("link", name="Add a job for the tag moon").click()
    expect(page.get_by_label("Tag id:")).to_have_value("moon")
    expect(page.get_by_label("Page:").locator("option:checked")).to_have_text("index.html")


def test_everything_works_without_javascript(open_admin: Open) -> None:
    page = _open_job(open_admin, "disk", java_script_enabled=False)
    expect(page.locator("#smallweb-upcoming li")).to_have_count(5)
    page.get_by_label("Runs kept:").fill("50")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_label("Runs kept:")).to_have_value("50")
    _change(page, "Run now")
    expect(page.locator(".messagelist")).to_contain_text("is queued")
    page.goto(f"{ADMIN}/job/")
    _row(page, "disk").locator("input.action-select").check()
    page.get_by_label("Action:").select_option(label="skip next")
    page.locator(".actions button[name=index]").click()
    expect(page.locator(".messagelist")).to_contain_text("1 row")


def test_a_job_is_run_by_keyboard_alone(open_admin: Open) -> None:
    page = _open_job(open_admin, "memory")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Run now":
            break
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("is queued")


def _pages(open_admin: Open, **options: Any) -> Iterator[Page]:
    """Yield the pages of the admin of periodic, one after the other."""
    page = open_admin("/admin/", **options)
    yield page
    for path in ("/", "/job/", "/job/add/", "/page/", "/page/add/", "/jobrun/", "/maintenancewindow/add/"):
        page.goto(ADMIN + path)
        yield page
    page.goto(_job_url(page, "clock"))
    yield page
    page.goto(f"{ADMIN}/jobrun/?q=clock")
    page.locator("#result_list tbody th a").first.click()
    yield page
    page.goto(f"{ADMIN}/page/")
    page.get_by_role("link", name="index.html", exact=True).click()
    yield page
    _change(page, "Dry run")
    yield page


@pytest.mark.parametrize(("scheme", "width"), looks(DARK))
def test_nothing_stands_in_the_way_of_people_with_aids_or_telephones(
    scheme: str, width: int, open_admin: Open
) -> None:
    found: list[str] = []
    for page in _pages(open_admin, **options_of(scheme, width)):
        found.extend(faults(page, width=width))
    assert not found, "\n".join(found)


def test_the_strict_policy_is_there(site: RunningSite, browser: Browser, login: Any) -> None:
    """The other tests would see a violation: here is one."""
    heard: list[str] = []
    with admin_contexts(browser, base_url=site.url, storage_state=login) as new_context:
        page = new_context().new_page()
        page.on("console", lambda message: heard.append(message.text))
        page.goto("/admin/")
        page.evaluate("document.body.setAttribute('onclick', 'alert(1)'); document.body.click()")
        wait_for(lambda: any("Content Security Policy" in text for text in heard))
