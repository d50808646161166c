"""The page of a folder in a browser: on a phone, in the dark, for those who see nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import timezone
from playwright.sync_api import Browser, Page, Route

from smallweb.uploads.models import StoredFile
from smallweb.uploads.services.list_files import Page as ListPage
from smallweb.uploads.services.policy import FolderRules
from smallweb.uploads.views.folder_list import TEMPLATE
from tests.acceptance.conftest import browser
from tests.source import SUITE

__all__ = ["browser"]

pytestmark = pytest.mark.once

CSS = SUITE / "uploads/static/smallweb_uploads/folder.css"
STRICT = {"Content-Security-Policy": "default-src 'self'; style-src 'self'; script-src 'self'"}
NAMES = [
    "a.txt",
    "albums/summer/" + "x" * 140 + ".png",
    "漢字 und ein sehr langer Name mit vielen Wörtern.pdf",
]


def html(*, can_read: bool = True, can_send: bool = True, names: list[str] = NAMES) -> str:
    rules = FolderRules(
        pk=1, name="gallery", root="uploads", access="public", read_access="public", list_access="public",
        delete_access="", owner_only=False, accept=(), create_rules=(), overwrite_rules=(), max_bytes=1,
        quota_bytes=None, keep_days=None,
    )  # fmt: skip
    now = timezone.now()
    files = [StoredFile(path=name, size_bytes=48_213, created_at=now) for name in names]
    page = ListPage(files=files, next_after="x")
    context = {
        "folder": rules, "page": page, "next": "?after=x", "can_read": can_read, "can_send": can_send,
        "accept": "image/*,.png",
    }  # fmt: skip
    return render_to_string(TEMPLATE, context, RequestFactory().get("/uploads/folders/gallery/"))


@pytest.fixture
def show(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Return a function that shows the page as a server with the strictest policy does."""
    contexts = []

    def serve(route: Route, text: str) -> None:
        if route.request.url.endswith(".css"):
            route.fulfill(body=CSS.read_text(), content_type="text/css")
        else:
            route.fulfill(body=text, content_type="text/html", headers=STRICT)

    def open_page(text: str, **options: Any) -> Page:
        contexts.append(browser.new_context(base_url="http://site.example", **options))
        page = contexts[-1].new_page()
        page.route("**/*", lambda route: serve(route, text))
        page.goto("/uploads/folders/gallery/")
        return page

    yield open_page
    for context in contexts:
        context.close()


def test_it_is_accessible_in_light_and_dark_and_on_a_phone(show: Callable[..., Page]) -> None:
    for scheme, width in (("light", 1280), ("dark", 390)):
        for text in (html(), html(can_read=False, can_send=False, names=["a.txt"]), html(names=[])):
            size = {"width": width, "height": 800}
            page = show(text, color_scheme=scheme, viewport=size, bypass_csp=True)  # axe itself writes styles
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()


def test_it_fits_a_phone_and_is_styled_under_the_strictest_policy(show: Callable[..., Page]) -> None:
    for width in (390, 320):
        page = show(html(), viewport={"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("getComputedStyle(document.querySelector('table')).borderCollapse") == "collapse"


def test_links_and_the_form_work_without_scripts(show: Callable[..., Page], tmp_path: Path) -> None:
    page = show(html(), java_script_enabled=False)
    assert page.get_by_role("link", name="a.txt").get_attribute("href") == "/uploads/folders/gallery/a.txt"
    (tmp_path / "b.txt").write_text("hello")
    page.get_by_label("Files to send").set_input_files(tmp_path / "b.txt")
    with page.expect_request(lambda request: request.method == "POST") as sent:
        page.get_by_role("button", name="Send", exact=True).click()
    assert sent.value.headers["content-type"].startswith("multipart/form-data")
    body = sent.value.post_data_buffer or b""
    assert b'name="csrfmiddlewaretoken"' in body
    assert body.index(b'name="csrfmiddlewaretoken"') < body.index(b'name="file"')
