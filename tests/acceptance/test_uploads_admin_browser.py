"""Uploads in the admin: a real server, a real worker, a real browser, the strictest content policy."""

from __future__ import annotations

import http.client
import io
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.acceptance.admin_pages import Open
from tests.acceptance.looks import DARK, faults, looks, options_of
from tests.acceptance.running_site import RunningSite, running_site

pytestmark = pytest.mark.once
expect.set_options(timeout=20_000)  # the machine may be busy with the other tests

ADMIN = "/admin/smallweb_uploads"
TUS = {"Tus-Resumable": "1.0.0"}
LONG = 200_000
SHOTS = os.environ.get("SMALLWEB_SCREENSHOTS", "")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """The tests' handlers and folders behind the strictest policy, with some files in them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMALLWEB_APPS", "smallweb_project.demo,tests.host")
        settings = {"DJANGO_SETTINGS_MODULE": "tests.acceptance.strict_settings"}
        with running_site(tmp_path_factory.mktemp("uploads"), env=settings) as running:
            for number, colour in enumerate(("teal", "orange", "purple", "green")):
                _send(running, "pictures", f"{colour} {number}.png", _picture(colour, number))
            _put(running, "inbox/notes.txt", b"Hello <b>you</b>\n" * 20)
            _put(running, "inbox/reports/2025/figures of the whole year.csv", b"a,b\n1,2\n")
            yield running


def _picture(colour: str, number: int) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (300 + 200 * number, 300), colour).save(content, "PNG")
    return content.getvalue()


def _ask(site: RunningSite, method: str, path: str, body: bytes, headers: dict[str, str]) -> Any:
    with closing(http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)) as line:
        line.request(method, path, body, headers)
        answer = line.getresponse()
        answer.read()
        return answer


def _put(site: RunningSite, path: str, content: bytes) -> None:
    quoted = path.replace(" ", "%20")
    assert _ask(site, "PUT", f"/uploads/folders/{quoted}", content, {}).status == 201


def _send(site: RunningSite, handler: str, name: str, content: bytes) -> None:
    edge = uuid.uuid4().hex
    head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = head.encode() + content + f"\r\n--{edge}--\r\n".encode()
    answer = _ask(
        site, "POST", f"/uploads/{handler}", body, {"Content-Type": f"multipart/form-data; boundary={edge}"}
    )
    assert answer.status == 200


def _begin(site: RunningSite, *, received: int) -> str:
    """Begin an upload that stays unfinished, and return its address."""
    headers = {**TUS, "Upload-Length": str(LONG), "Upload-Metadata": "filename ZmlsbS5tcDQ="}
    made = _ask(site, "POST", "/uploads/echo", b"", headers)
    assert made.status == 201
    address = str(made.headers["Location"]).removeprefix(site.url)
    more = {**TUS, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    assert _ask(site, "PATCH", address, bytes(received), more).status == 204
    return address


def _press(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()


def _shoot(page: Page, name: str) -> None:
    if SHOTS:
        width = page.viewport_size["width"] if page.viewport_size else 0
        page.screenshot(path=f"{SHOTS}/{name}-{width}.png", full_page=True)


def test_pictures_get_previews_in_the_grid(open_admin: Open) -> None:
    page = open_admin(f"{ADMIN}/storedfile/?kind=images")
    page.get_by_role("link", name="Show as grid").click()
    for _look in range(40):
        if page.locator(".smallweb-grid img").count() == 4:
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(page.locator(".smallweb-grid img")).to_have_count(4)
    shown = page.locator(".smallweb-grid img").first
    expect(shown).to_have_js_property("complete", True)
    assert shown.evaluate("image => image.naturalWidth") > 0
    _shoot(page, "grid")


def test_an_upload_is_seen_live_and_aborted(site: RunningSite, open_admin: Open) -> None:
    page = open_admin(f"{ADMIN}/upload/?state__exact=RUNNING")
    expect(page.locator(".smallweb-live")).to_have_text("live")
    address = _begin(site, received=LONG // 4)
    row = page.locator("#result_list tbody tr").first
    expect(row).to_contain_text("48.8 KiB of 195 KiB")
    expect(row.get_by_role("progressbar")).to_be_visible()
    _shoot(page, "uploads")
    row.get_by_role("link").first.click()
    _press(page, "Abort")
    expect(page.locator(".messagelist")).to_contain_text("is aborted")
    assert _ask(site, "HEAD", address, b"", TUS).status == 410
    _shoot(page, "upload")


def test_the_tester_answers_gate_by_gate_without_javascript(open_admin: Open, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"<html>")
    page = open_admin(f"{ADMIN}/uploadfolder/", java_script_enabled=False)
    page.get_by_role("link", name="gallery", exact=True).click()
    page.get_by_role("link", name="Would a file be taken?").click()
    page.get_by_label("Name or path").fill("a.png")
    page.get_by_label("User").fill("admin")
    _press(page, "Tell me")
    expect(page.get_by_role("status")).to_contain_text("Every gate lets it through")
    expect(page.locator("[data-gate=path]")).to_contain_text("It would be new, by *.png.")
    page.get_by_label("File").set_input_files(tmp_path / "a.png")
    page.get_by_label("User").fill("")
    _press(page, "Tell me")
    expect(page.locator("[data-gate=access]")).to_contain_text("It takes login")
    expect(page.locator("[data-gate=content]")).to_contain_text("text/html by its content")
    _shoot(page, "tester")


def test_a_folder_is_made_by_hand(open_admin: Open) -> None:
    page = open_admin(f"{ADMIN}/uploadfolder/add/")
    page.get_by_label("Name").fill("made-here")
    page.get_by_label("New paths").fill("*.png\nalbums/**")
    page.get_by_label("Room, bytes").fill("10 MiB")
    _press(page, "Save and continue editing")
    expect(page.get_by_label("Room, bytes")).to_have_value("10 MiB")
    expect(page.get_by_label("New paths")).to_have_value("*.png\nalbums/**")
    _shoot(page, "folder")


def test_a_link_is_made_and_a_file_is_deleted(site: RunningSite, open_admin: Open) -> None:
    page = open_admin(f"{ADMIN}/storedfile/?q=notes.txt")
    page.locator("#result_list tbody th a").first.click()
    expect(page.locator(".smallweb-block").first).to_contain_text("Hello <b>you</b>")
    _press(page, "Make a link for anyone")
    link = page.locator(".messagelist a").get_attribute("href") or ""
    _shoot(page, "file")
    path = link.removeprefix(site.url)
    assert _ask(site, "GET", path, b"", {}).status == 200
    page.get_by_role("link", name="Delete").click()
    page.locator("#content [type=submit]").click()
    expect(page.locator(".messagelist")).to_contain_text("deleted")
    assert _ask(site, "GET", path, b"", {}).status == 404


def _pages(open_admin: Open, **options: Any) -> Iterator[Page]:
    """Yield the pages about uploads, one after the other."""
    page = open_admin(f"{ADMIN}/uploadhandler/", **options)
    yield page
    for path in (
        "/uploadfolder/", "/uploadfolder/add/", "/storedfile/", "/storedfile/?view=grid",
        "/storedfile/quota/", "/storedfile/orphans/", "/upload/",
    ):  # fmt: skip
        page.goto(ADMIN + path)
        yield page
    for model in ("uploadhandler", "uploadfolder", "storedfile", "upload"):
        page.goto(f"{ADMIN}/{model}/")
        page.locator("#result_list tbody th a").first.click()
        yield page
    page.goto(f"{ADMIN}/uploadhandler/")
    page.get_by_role("link", name="pictures", exact=True).click()
    page.get_by_role("link", name="Would a file be taken?").click()
    page.get_by_label("Name or path").fill("a.exe")
    _press(page, "Tell me")
    yield page


@pytest.mark.parametrize(("scheme", "width"), looks(DARK))
def test_nothing_stands_in_the_way_of_people_with_aids_or_telephones(
    scheme: str, width: int, site: RunningSite, open_admin: Open
) -> None:
    _begin(site, received=LONG // 2)
    orphan = site.data / "uploads/receiving" / f"{uuid.uuid4()}.1"
    orphan.write_bytes(bytes(5000))
    os.utime(orphan, (past := time.time() - 1800, past))  # workers remove what is an hour old
    found: list[str] = []
    for number, page in enumerate(_pages(open_admin, **options_of(scheme, width))):
        found.extend(faults(page, width=width))
        _shoot(page, f"{number:02}")
    assert not found, "\n".join(found)
