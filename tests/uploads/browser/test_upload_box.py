"""Boxes for files: with hand and keyboard, for eyes and ears, on a line that breaks, and without scripts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.uploads.browser.conftest import Open
from tests.uploads.gate import Gate
from tests.uploads.resumable.site import Site
from tests.waiting import wait_for

pytestmark = pytest.mark.once
expect.set_options(timeout=20_000)  # the machine may be busy with the other tests

MIB = 2**20
_DROP = """([selector, files]) => {
    const data = new DataTransfer();
    const fileOf = ([name, size]) => new File([new Uint8Array(size)], name, { lastModified: 1e12 });
    for (const file of files) data.items.add(fileOf(file));
    for (const type of ["dragenter", "dragover", "drop"]) {
      const event = new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data });
      document.querySelector(selector).dispatchEvent(event);
    }
}"""


def drop(page: Page, *files: tuple[str, int], box: str = "upload-box") -> None:
    page.evaluate(_DROP, [box, list(files)])


def row(page: Page, name: str) -> Locator:
    return page.locator(".upload-box-row", has=page.get_by_text(name, exact=True))


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def upload(page: Page) -> None:
    button(page, "Upload").click()


def test_chosen_and_dropped_files_are_sent(page: Page, tmp_path: Path) -> None:
    (tmp_path / "chosen.bin").write_bytes(b"1" * 300_000)
    page.get_by_label("Files", exact=True).set_input_files(tmp_path / "chosen.bin")
    drop(page, ("dropped.bin", 5))
    expect(row(page, "chosen.bin")).to_contain_text("Waiting")
    assert page.get_by_role("listitem").count() == 2
    upload(page)
    for name in ("chosen.bin", "dropped.bin"):
        expect(row(page, name)).to_have_attribute("data-state", "done")
    page.get_by_text("Answer to chosen.bin").click()
    expect(page.locator("details[open] pre")).to_contain_text('"sizes": [\n    300000\n  ]')
    expect(page.get_by_role("status")).to_contain_text("chosen.bin: Sent.")


def test_at_most_two_go_at_once_and_each_can_be_paused(page: Page, gate: Gate) -> None:
    gate.hold(MIB)
    drop(page, ("a.bin", 8 * MIB), ("b.bin", 8 * MIB), ("c.bin", 8 * MIB))
    upload(page)
    gate.wait_until_held()
    expect(row(page, "b.bin")).to_have_attribute("data-state", "sending")
    expect(row(page, "c.bin")).to_have_attribute("data-state", "waiting")
    expect(row(page, "a.bin")).to_contain_text(re.compile(r"\d+ %"))
    button(page, "Pause a.bin").click()
    expect(row(page, "a.bin")).to_contain_text(re.compile(r"Paused · \d+ %"))
    expect(row(page, "c.bin")).to_have_attribute("data-state", "sending")
    button(page, "Resume a.bin").click()
    expect(row(page, "a.bin")).to_have_attribute("data-state", "waiting")
    gate.open()
    for name in ("a.bin", "b.bin", "c.bin"):
        expect(row(page, name)).to_have_attribute("data-state", "done")


def test_cancelling_removing_and_beginning_again(page: Page, gate: Gate) -> None:
    gate.hold(MIB)
    drop(page, ("a.bin", 2 * MIB))
    upload(page)
    gate.wait_until_held()
    button(page, "Cancel a.bin").click()
    expect(row(page, "a.bin")).to_contain_text("Cancelled")
    gate.open()
    button(page, "Retry a.bin").click()
    expect(row(page, "a.bin")).to_have_attribute("data-state", "done")
    button(page, "Remove a.bin").click()
    expect(page.get_by_role("listitem")).to_have_count(0)
    expect(page.get_by_label("Files", exact=True)).to_be_focused()


def test_a_failure_is_told_and_can_be_tried_again(page: Page, gate: Gate) -> None:
    page.route("**/uploads/drop", lambda route: route.fulfill(status=507, body="{}"))
    drop(page, ("a.bin", MIB))
    upload(page)
    expect(row(page, "a.bin")).to_contain_text("The server answered 507.")
    expect(page.get_by_role("status")).to_contain_text("a.bin: The server answered 507.")
    page.unroute("**/uploads/drop")
    button(page, "Retry a.bin").click()
    expect(row(page, "a.bin")).to_have_attribute("data-state", "done")


def test_a_broken_line_is_shown_and_gone_on_with(page: Page, gate: Gate) -> None:
    gate.hold(2 * MIB)
    drop(page, ("a.bin", 4 * MIB))
    upload(page)
    gate.wait_until_held()
    gate.is_closed = True
    gate.cut()
    expect(row(page, "a.bin")).to_contain_text("The connection is broken; trying again")
    gate.is_closed = False
    gate.open()
    expect(row(page, "a.bin")).to_have_attribute("data-state", "done")


def test_the_same_file_after_a_reload_goes_on(page: Page, gate: Gate) -> None:
    before = gate.sent
    gate.hold(3 * MIB)
    drop(page, ("a.bin", 6 * MIB))
    upload(page)
    gate.wait_until_held()
    button(page, "Pause a.bin").click()
    gate.cut()
    gate.open()
    page.reload()
    drop(page, ("a.bin", 6 * MIB))
    upload(page)
    expect(row(page, "a.bin")).to_have_attribute("data-state", "done")
    assert gate.sent - before < 6.8 * MIB


def test_what_cannot_be_taken_is_told_before_bytes(open_page: Open) -> None:
    page = open_page("/uploads/images-only")
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.method))
    drop(page, ("a.exe", 10), ("b.png", 10), ("<img src=x>.txt", 10))
    expect(row(page, "a.exe")).to_contain_text("Files of this kind are not taken; taken are")
    expect(row(page, "<img src=x>.txt")).to_have_attribute("data-state", "refused")
    assert page.locator(".upload-box-row img").count() == 0
    page = open_page("/uploads/small-drop")
    page.on("request", lambda request: posts.append(request.method))
    drop(page, ("big.bin", 1001), *[(f"{number}.bin", 1) for number in range(22)])
    expect(row(page, "big.bin")).to_contain_text("It has 1001 bytes; at most 1000 bytes are taken.")
    expect(page.locator(".upload-box-note")).to_have_text(
        "At most 20 files are taken; left out: 20.bin, 21.bin."
    )
    assert page.get_by_role("listitem").count() == 21
    assert posts == []


def test_boxes_are_as_their_attributes_say(open_page: Open, said: list[str]) -> None:
    page = open_page("/pages/box.html")
    drop(page, ("a.bin", 5), ("b.bin", 300_000), box="#bare")
    wait_for(lambda: page.evaluate("told.length") == 2)
    replies = {name: reply for _, _, name, reply in page.evaluate("told")}
    assert replies["a.bin"]["text"] == replies["b.bin"]["text"] == {"album": "summer"}
    assert page.evaluate("[...document.querySelectorAll('upload-box')].map(({ to }) => to)") == [
        "/uploads/drop", "/uploads/drop", "/uploads/echo", "/other/folders/gallery/",
    ]  # fmt: skip
    one = page.locator("#one")
    drop(page, ("a.bin", 5), ("b.bin", 5), box="#one")
    expect(one.locator(".upload-box-note")).to_have_text("At most 1 file is taken; left out: b.bin.")
    drop(page, ("c.bin", 5), box="#one")
    expect(one.get_by_role("listitem")).to_have_count(1)
    one.get_by_role("button", name="Upload").click()
    wait_for(lambda: page.evaluate("told.length") == 3)
    _, box, name, reply = page.evaluate("told[2]")
    assert (box, name, reply["names"], reply["text"]) == ("one", "c.bin", ["c.bin"], {"title": "tea"})
    one.get_by_role("button", name="Remove c.bin").click()
    one.get_by_role("button", name="Upload").click()
    expect(one.locator(".upload-box-note")).to_have_text("Choose a file first.")
    assert said == []


def test_the_keyboard_is_enough(page: Page, tmp_path: Path, gate: Gate) -> None:
    (tmp_path / "a.bin").write_bytes(b"1" * 2 * MIB)
    page.on("filechooser", lambda chooser: chooser.set_files(tmp_path / "a.bin"))
    page.get_by_label("Files", exact=True).focus()
    expect(page.get_by_label("Files", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(row(page, "a.bin")).to_have_attribute("data-state", "waiting")
    gate.hold(MIB)
    page.keyboard.press("Tab")
    expect(button(page, "Upload")).to_be_focused()
    page.keyboard.press("Enter")
    gate.wait_until_held()
    page.keyboard.press("Tab")
    expect(button(page, "Pause a.bin")).to_be_focused()
    page.keyboard.press("Space")
    expect(button(page, "Resume a.bin")).to_be_focused()
    gate.open()
    page.keyboard.press("Space")
    expect(button(page, "Remove a.bin")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Files", exact=True)).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_usable_on_a_phone_and_by_screen_readers(
    open_page: Open, gate: Gate, scheme: str, tmp_path: Path
) -> None:
    page = open_page("/uploads/drop", color_scheme=scheme, reduced_motion="reduce")
    page.route("**/uploads/drop", lambda route: _fail_of(route))
    drop(
        page, ("failed picture of the summer with a long name that goes on and on.bin", MIB), ("done.bin", 9)
    )
    upload(page)
    expect(row(page, "done.bin")).to_have_attribute("data-state", "done")
    page.unroute("**/uploads/drop")
    gate.hold(MIB)
    drop(page, ("a.bin", 20 * MIB), ("b.bin", 20 * MIB), ("c.bin", 20 * MIB), ("d.bin", 9 * MIB))
    upload(page)
    gate.wait_until_held()
    button(page, "Pause b.bin").click()
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        page.screenshot(path=tmp_path / f"{scheme}-{width}.png", full_page=True)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert (
        page.locator(".upload-box-progress").first.evaluate("(bar) => getComputedStyle(bar).height") == "8px"
    )


def _fail_of(route: Any) -> None:
    if route.request.headers.get("tus-resumable"):
        route.fulfill(status=507, json={"error": "disk_full", "message": "The server has no room for it."})
    else:
        route.continue_()


def test_without_scripts_the_form_works(open_page: Open, tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"1" * 10)
    page = open_page("/uploads/drop", java_script_enabled=False)
    page.get_by_label("Files", exact=True).set_input_files(tmp_path / "a.bin")
    upload(page)
    page.wait_for_load_state()
    assert '"sizes":[10]' in page.content()


def test_without_scripts_a_user_is_known(open_page: Open, tmp_path: Path, site: Site, gate: Gate) -> None:
    (tmp_path / "a.bin").write_bytes(b"1" * 10)
    cookie = {"name": "sessionid", "value": site.sessions["ann"], "url": f"http://127.0.0.1:{gate.port}"}
    page = open_page("/uploads/mine", java_script_enabled=False, cookies=[cookie])
    page.get_by_label("Files", exact=True).set_input_files(tmp_path / "a.bin")
    upload(page)
    page.wait_for_load_state()
    assert '"sizes":[10]' in page.content()
