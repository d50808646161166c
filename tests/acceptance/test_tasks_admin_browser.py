"""Tasks in the admin: a real server, real workers, a real browser, the strictest content policy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.admin_pages import Open
from tests.acceptance.looks import LIGHT, faults, looks, options_of
from tests.acceptance.running_site import RunningSite, running_site
from tests.waiting import wait_for

pytestmark = pytest.mark.once
expect.set_options(timeout=20_000)  # the machine may be busy with the other tests

TASKS = "/admin/smallweb_core/taskrun/"
EVERYTHING = "/admin/smallweb_core/anyexecution/"
ENQUEUE = """
from datetime import timedelta
from django.contrib.auth.models import User
from smallweb.core.executions import tasks
"""
COUNT_ENDED = "from smallweb.core.models import TaskRun; print(TaskRun.objects.final().count())"
MAKE_STOCK_RUN = """
from django.utils import timezone
from smallweb.periodic.models import Job, Page
from smallweb.periodic.services import control_jobs

page = Page.objects.get(name="index.html")
function = "tests.acceptance.shop.backend.count_stock"
job = Job.objects.create(name="stock", page=page, tag_id="moon", enabled=False, every="1d", function=function)
print(control_jobs.run_now(job, now=timezone.now()).pk)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """The demo and a shop, behind the strictest policy."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMALLWEB_APPS", "smallweb_project.demo,tests.acceptance.shop")
        settings = {"DJANGO_SETTINGS_MODULE": "tests.acceptance.strict_settings"}
        with running_site(tmp_path_factory.mktemp("tasks"), env=settings) as running:
            for address in ("ann@example.com", "ann@example.org"):
                _enqueue(running, f'tasks.get("shop.send_receipt").enqueue("{address}", 17)')
            wait_for(lambda: running.manage("shell", "-c", COUNT_ENDED).split()[-1] == "2", limit_s=60)
            yield running


def _enqueue(site: RunningSite, code: str) -> str:
    """Run code that ends in an enqueueing and return the new run's number."""
    return site.manage("shell", "-c", f"{ENQUEUE}\nprint({code}.pk)").split()[-1]


def _import(site: RunningSite, *, pages: int, wishes: str = "") -> str:
    task = f'tasks.get("shop.import_orders").using({wishes})'
    return _enqueue(site, f'{task}.enqueue("https://shop.example.org", "sk-123", {pages})')


def _row(page: Page, number: str) -> Any:
    return page.locator("#result_list tbody tr").filter(has=page.locator(f"a[href*='/taskrun/{number}/']"))


def _moon(site: RunningSite) -> str:
    """What the tag shows to which the cancelled job belongs."""
    return (site.folder / "index.html").read_text().partition('id="moon"')[2].partition("</")[0]


def _press(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()


def test_the_list_shows_a_new_run_its_progress_and_its_end(site: RunningSite, open_admin: Open) -> None:
    page = open_admin(TASKS)
    page.evaluate("window.isSame = true")
    expect(page.locator(".smallweb-live")).to_have_text("live")
    number = _import(site, pages=80)
    row = _row(page, number)
    expect(row.get_by_role("progressbar")).to_be_visible()
    expect(row.locator(".field-shown_state")).to_have_text("running")
    expect(row.locator(".field-shown_state")).to_have_text("successful")
    expect(row.locator(".field-shown_outcome")).to_contain_text("shop.example.org")
    assert page.evaluate("window.isSame")


def test_a_running_run_is_cancelled_by_its_button(site: RunningSite, open_admin: Open) -> None:
    number = _import(site, pages=10_000)
    page = open_admin(f"{TASKS}{number}/change/")
    expect(page.locator(".field-shown_state")).to_contain_text("running")
    assert "sk-123" not in page.content()
    _press(page, "Cancel")
    expect(page.locator(".messagelist")).to_contain_text("will within seconds")
    expect(page.locator(".field-shown_state")).to_contain_text("cancelled")
    expect(page.get_by_role("button", name="Run again", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Cancel", exact=True)).to_have_count(0)


def test_a_run_is_run_again_with_other_arguments(site: RunningSite, open_admin: Open) -> None:
    page = open_admin(f"{TASKS}?state__exact=FAILED")
    page.locator("#result_list tbody th a").first.click()
    expect(page.locator(".field-shown_earlier_attempts details")).to_have_count(2)
    page.get_by_role("link", name="Run again with other arguments").click()
    arguments = page.get_by_label("Arguments")
    expect(arguments).to_have_value('{\n  "to": "ann@example.com",\n  "order": 17\n}')
    arguments.fill("{to: 1}")
    _press(page, "Run again")
    expect(page.locator(".errorlist")).to_contain_text("This is no JSON: line 1, column 2")
    arguments.fill('{"to": "bob@example.org"}')
    _press(page, "Run again")
    expect(page.locator(".messagelist")).to_contain_text("is queued again, with other arguments")
    expect(page.locator(".field-shown_result")).to_contain_text("sent order 17 to bob@example.org")


def test_a_secret_that_is_left_hidden_is_kept(site: RunningSite, open_admin: Open) -> None:
    page = open_admin(f"{TASKS}{_import(site, pages=1)}/change/")
    expect(page.locator(".field-shown_state")).to_contain_text("successful")
    page.get_by_role("link", name="Run again with other arguments").click()
    arguments = page.get_by_label("Arguments")
    assert "sk-123" not in page.content()
    arguments.fill(arguments.input_value().replace("shop.example.org", "other.example.org"))
    _press(page, "Run again")
    number = page.url.rstrip("/").split("/")[-2]
    expect(page.locator(".field-shown_state")).to_contain_text("successful")
    code = "from smallweb.core.models import TaskRun; print(TaskRun.objects.get(pk={}).arguments)"
    assert "'api_key': 'sk-123'" in site.manage("shell", "-c", code.format(number))


def test_everything_that_runs_stands_on_one_live_page(site: RunningSite, open_admin: Open) -> None:
    page = open_admin("/admin/")
    page.get_by_role("link", name="Executions of all kinds").first.click()
    page.evaluate("window.isSame = true")
    expect(page.locator(".smallweb-live")).to_have_text("live")
    expect(page.locator("#result_list a[href*='/jobrun/']").first).to_be_visible()
    number = _import(site, pages=60)
    expect(_row(page, number).get_by_role("progressbar")).to_be_visible()
    expect(_row(page, number).locator(".field-state")).to_have_text("successful")
    assert page.evaluate("window.isSame")


def test_everything_works_without_javascript(site: RunningSite, open_admin: Open) -> None:
    number = _import(site, pages=1, wishes="run_after=timedelta(hours=1)")
    page = open_admin(f"{EVERYTHING}?state=waiting", java_script_enabled=False)
    expect(_row(page, number).locator(".field-when")).to_contain_text("in 60 min")
    page.get_by_role("link", name="finished", exact=True).click()
    expect(page.locator("#result_list tbody tr").first).to_be_visible()
    page.get_by_role("link", name="Small web: task runs", exact=True).click()
    assert page.locator("#result_list a[href*='/jobrun/']").count() == 0
    page.goto(f"{TASKS}{number}/change/")
    _press(page, "Cancel")
    expect(page.locator(".messagelist")).to_contain_text("it had not begun")


def test_a_running_job_is_cancelled_and_its_page_left_as_it_was(site: RunningSite, open_admin: Open) -> None:
    before = _moon(site)
    number = site.manage("shell", "-c", MAKE_STOCK_RUN).split()[-1]
    page = open_admin(f"/admin/smallweb_periodic/jobrun/{number}/change/")
    page.evaluate("window.isSame = true")
    expect(page.locator(".field-shown_state")).to_contain_text("running")
    _press(page, "Cancel")
    expect(page.locator(".field-shown_state")).to_contain_text("cancelled")
    assert _moon(site) == before


def _pages(site: RunningSite, open_admin: Open, **options: Any) -> Iterator[Page]:
    """Yield the pages about tasks, one after the other, with something in every state that stays."""
    _import(site, pages=10_000, wishes="priority='low'")
    page = open_admin(TASKS, **options)
    yield page
    for path in ("", "?state=running", "?state=waiting", "?state=failed", "?state=finished"):
        page.goto(EVERYTHING + path)
        yield page
    for state in ("RUNNING", "FAILED", "SUCCESSFUL"):
        page.goto(f"{TASKS}?state__exact={state}")
        page.locator("#result_list tbody th a").first.click()
        yield page
    page.get_by_role("link", name="Run again with other arguments").click()
    yield page
    page.get_by_label("Arguments").fill("{")
    _press(page, "Run again")
    yield page
    page.goto(f"{TASKS}?state__exact=RUNNING")
    page.locator("#result_list tbody th a").first.click()
    _press(page, "Cancel")
    expect(page.locator(".field-shown_state")).to_contain_text("cancelled")


@pytest.mark.parametrize(("scheme", "width"), looks(LIGHT))
def test_nothing_stands_in_the_way_of_people_with_aids_or_telephones(
    scheme: str, width: int, site: RunningSite, open_admin: Open
) -> None:
    found: list[str] = []
    for page in _pages(site, open_admin, **options_of(scheme, width)):
        found.extend(faults(page, width=width))
    assert not found, "\n".join(found)
