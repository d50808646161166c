"""The project with the sample app, behind the strictest policy, and a browser in front of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.acceptance.admin_pages import login, open_admin
from tests.acceptance.conftest import browser
from tests.acceptance.running_site import RunningSite, running_site

__all__ = ["browser", "login", "open_admin"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    env = {
        "SMALLWEB_APPS": "smallweb_project.demo,tests.host,tests.dispatch.browser.hostile",
        "DJANGO_SETTINGS_MODULE": "tests.acceptance.strict_settings",
    }
    with running_site(tmp_path_factory.mktemp("try") / "data", env=env) as running:
        yield running


@pytest.fixture
def open_as_visitor(site: RunningSite, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a page for somebody who is not logged in."""
    contexts = []

    def open_page(path: str, **options: object) -> Page:
        contexts.append(browser.new_context(base_url=site.url, **options))  # type: ignore[arg-type]
        page = contexts[-1].new_page()
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
