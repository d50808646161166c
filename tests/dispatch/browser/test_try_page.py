"""The page to try what one may call: a real server, a real worker, a real browser, the strictest policy."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.acceptance.admin_pages import Open

pytestmark = pytest.mark.once
expect.set_options(timeout=20_000)  # the machine may be busy with the other tests

OPEN = "/examples/probe/Open"


def path(page: Page, name: str) -> Locator:
    """Open the part of the page that is about this path."""
    found = page.locator(f'#try-list details[data-path="{name}"]')
    found.locator("summary").first.click()
    return found


def outcome(part: Locator) -> Locator:
    return part.locator(".try-outcome")


def test_a_method_is_called_with_typed_values(open_admin: Open) -> None:
    part = path(open_admin("/try/"), f"{OPEN}/add")
    part.get_by_label("a integer, must be given").fill("40")
    part.get_by_label("b integer").fill("2")
    part.get_by_role("button", name="GET").click()
    expect(outcome(part)).to_contain_text("200 OK")
    expect(outcome(part).locator("[data-slot=body]")).to_have_text("42")
    expect(outcome(part)).to_contain_text(re.compile(r"\d+ ms"))
    expect(outcome(part).locator("[data-slot=headers]")).to_contain_text("content-type: application/json")
    expect(part.locator("[data-slot=curl]")).to_contain_text(f"{OPEN}/add?a=40&b=2")


def test_numbers_keep_their_digits_and_the_token_goes_with_them(open_admin: Open) -> None:
    part = path(open_admin("/try/"), "/hostile/Secret/launch")
    part.get_by_label("code").fill("123456789012345678901234567890")
    part.get_by_role("button", name="POST").click()
    expect(outcome(part).locator("[data-slot=body]")).to_have_text("launched 123456789012345678901234567890")
    expect(part.locator("[data-slot=curl]")).to_contain_text("Authorization: Bearer $SMALLWEB_TOKEN")


def test_a_visitor_sees_what_a_visitor_may_call(open_as_visitor: Callable[..., Page]) -> None:
    page = open_as_visitor("/try/")
    expect(page.locator(f'details[data-path="{OPEN}/add"]')).to_have_count(1)
    expect(page.locator('details[data-path="/hostile/Secret/launch"]')).to_have_count(0)
    expect(page.locator("main")).to_contain_text("What a visitor may call.")
    page.get_by_role("searchbox").fill("hostile/words")
    expect(page.locator("#try-list details[data-path]:visible")).to_have_count(1)


def test_a_refusal_is_shown_with_its_words(open_as_visitor: Callable[..., Page]) -> None:
    part = path(open_as_visitor("/try/"), f"{OPEN}/add")
    part.get_by_label("a integer").fill("many")
    part.get_by_role("button", name="POST").click()
    expect(outcome(part)).to_contain_text("400 Bad Request")
    expect(outcome(part)).to_contain_text("Expected `int`, got `str`")


def test_a_task_tells_how_far_it_is(open_admin: Open) -> None:
    part = path(open_admin("/try/"), f"{OPEN}/count")
    part.get_by_label("to integer").fill("30")
    part.get_by_role("button", name="POST").click()
    expect(outcome(part)).to_contain_text("202 Accepted")
    link = outcome(part).get_by_role("link", name="/status/")
    assert (link.get_attribute("href") or "").startswith("/status/")
    expect(outcome(part)).to_contain_text("Counting · ")
    expect(outcome(part)).to_contain_text("SUCCESS · 30")


def test_lists_names_of_ones_own_json_and_files(open_as_visitor: Callable[..., Page], tmp_path: Path) -> None:
    page = open_as_visitor("/try/")
    flags = path(page, f"{OPEN}/flags")
    flags.get_by_label("tags").fill("1\na b")
    flags.get_by_label("on boolean").select_option("true")
    flags.get_by_role("button", name="POST").click()
    expect(outcome(flags)).to_contain_text(re.compile(r'"on": true,\s+"tags": \[\s+"1",\s+"a b"'))
    names = path(page, f"{OPEN}/any_name")
    names.get_by_label("names").fill("x=1\ny=2")
    names.get_by_role("button", name="POST").click()
    expect(outcome(names)).to_contain_text('"y": 2')
    order = path(page, f"{OPEN}/order")
    order.get_by_label("article").fill('{"name": "tea"}')
    order.get_by_role("button", name="POST").click()
    expect(outcome(order)).to_contain_text('"count": 2')
    (tmp_path / "a.txt").write_text("12345")
    upload = path(page, f"{OPEN}/upload")
    upload.get_by_label("title").fill("x")
    upload.get_by_label("photo").set_input_files(tmp_path / "a.txt")
    upload.get_by_role("button", name="POST").click()
    expect(outcome(upload)).to_contain_text('"size": 5')


def test_any_parameters_come_as_a_form_or_as_json(open_as_visitor: Callable[..., Page]) -> None:
    part = path(open_as_visitor("/try/"), f"{OPEN}/dump")
    part.get_by_label("params").fill("a=1=2")
    part.get_by_role("button", name="POST").click()
    expect(outcome(part)).to_contain_text('"a": "1=2"')
    part.get_by_label("data").fill('{"k": [1]}')
    part.get_by_role("button", name="POST").click()
    expect(outcome(part)).to_contain_text('"data": {')


def test_markup_in_words_of_the_code_stays_words(open_as_visitor: Callable[..., Page]) -> None:
    page = open_as_visitor("/try/")
    part = path(page, "/hostile/Words/say")
    part.get_by_role("button", name="GET").click()
    expect(outcome(part).locator("[data-slot=body]")).to_contain_text("</script><script>")
    expect(part.locator("[data-slot=doc], summary").first).to_be_visible()
    assert page.title() == "Try it"
    assert page.locator("img, main script").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_usable_on_a_phone_by_keyboard_and_by_screen_readers(
    open_as_visitor: Callable[..., Page], scheme: str
) -> None:
    page = open_as_visitor("/try/", viewport={"width": 390, "height": 700}, color_scheme=scheme)
    part = page.locator(f'#try-list details[data-path="{OPEN}/add"]')
    part.locator("summary").first.press("Enter")
    part.get_by_label("a integer").fill("1")
    part.get_by_label("a integer").press("Enter")
    expect(outcome(part)).to_contain_text("200 OK")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_it_says_so_where_there_is_no_document(open_as_visitor: Callable[..., Page]) -> None:
    page = open_as_visitor("/status/")
    page.route("**/openapi.json", lambda route: route.fulfill(status=500, body="no"))
    page.goto("/try/")
    expect(page.get_by_role("status").first).to_contain_text("cannot be read")
