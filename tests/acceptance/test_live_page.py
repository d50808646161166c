"""Pages change on disk and in a real browser, without a reload."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.acceptance.running_site import RunningSite
from tests.acceptance.watched_page import WatchedPage
from tests.waiting import wait_for

pytestmark = pytest.mark.once

CLOCK = re.compile(r"\d\d:\d\d:\d\d")
STRICT_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'self'">
<title>Strict</title>
<link rel="icon" href="icon.svg">
<script type="module" src="/static/smallweb_periodic/live.js"></script>
</head>
<body>
<p id="story">old</p>
<div id="markup">old</div>
<a id="link" href="/old">A link</a>
<div id="bar">A bar</div>
</body>
</html>
"""
MAKE_JOBS = """
from django.utils import timezone
from smallweb.periodic.models import Job, Page
from smallweb.periodic.services.schedule_job import start_schedule
page = Page.objects.create(name={name!r}, in_code=False)
for values in {jobs!r}:
    job = Job(name={name!r} + values["tag_id"], page=page, every="1s", in_code=False, **values)
    start_schedule(job, now=timezone.now())
    job.save()
"""
JSON_FILE = "smallweb.periodic.builtins.json_file"


class Notes:
    """A page of its own whose values stand in a JSON file."""

    def __init__(self, site: RunningSite, name: str) -> None:
        self.site = site
        self.url = f"{site.url}/{name}"
        self.page = site.folder / name
        self.values = site.data / f"{name}.json"
        self.page.write_text(STRICT_PAGE)

    def set(self, **values: str) -> None:
        """Give the functions other values to return."""
        beside = self.values.with_suffix(".new")
        beside.write_text(json.dumps(values))
        beside.replace(self.values)

    def start_jobs(self, *, with_style: bool = False) -> None:
        jobs = [
            self._reading("story"),
            self._reading("markup", kind="html"),
            self._reading("link", kind="attribute", attribute="href"),
        ]
        if with_style:
            bar = "smallweb_project.demo.backend.memory_bar"
            jobs.append({"function": bar, "tag_id": "bar", "kind": "style"})
        self.site.manage("shell", "-c", MAKE_JOBS.format(name=self.page.name, jobs=jobs))

    def _reading(self, tag_id: str, **fields: str) -> dict[str, object]:
        kwargs = {"path": str(self.values), "value": tag_id}
        return {"function": JSON_FILE, "kwargs": kwargs, "tag_id": tag_id, **fields}


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context()
    yield opened
    opened.close()


@pytest.fixture
def notes(site: RunningSite, request: pytest.FixtureRequest) -> Notes:
    return Notes(site, f"{request.node.name}.html")


def test_the_clock_changes_on_disk_and_in_two_tabs_without_a_reload(
    site: RunningSite, context: BrowserContext
) -> None:
    tabs = [WatchedPage(context, f"{site.url}/") for _ in range(2)]
    on_disk = clock_on_disk(site.folder)
    shown = [tab.text("clock") for tab in tabs]
    wait_for(lambda: clock_on_disk(site.folder) != on_disk)
    for tab, before in zip(tabs, shown, strict=True):
        assert CLOCK.fullmatch(tab.wait_other_text("clock", before))
        assert (tab.loads, tab.errors) == (1, [])


def test_styles_and_attributes_change_too(site: RunningSite, context: BrowserContext) -> None:
    page = WatchedPage(context, f"{site.url}/")
    width = page.wait_change("memory-bar")["value"]["width"]
    assert page.tab.eval_on_selector("#memory-bar", "element => element.style.width") == width
    value = page.wait_change("load-meter")["value"]
    assert page.tab.get_attribute("#load-meter", "value") == value


def test_the_page_is_complete_without_javascript(site: RunningSite, browser: Browser) -> None:
    wait_for(lambda: CLOCK.fullmatch(clock_on_disk(site.folder)))
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.url}/")
    assert CLOCK.fullmatch(page.inner_text("#clock"))
    assert page.is_visible(".live-off")
    context.close()


def test_every_kind_changes_under_a_strict_content_security_policy(
    notes: Notes, context: BrowserContext
) -> None:
    page = WatchedPage(context, notes.url)
    notes.set(story="1 < 2 & 3", markup="<em>new</em>", link="/new")
    notes.start_jobs(with_style=True)
    page.wait_text("story", "1 < 2 & 3")
    page.wait_change("bar")
    assert page.tab.inner_html("#markup") == "<em>new</em>"
    assert page.tab.get_attribute("#link", "href") == "/new"
    assert page.tab.eval_on_selector("#bar", "element => element.style.width")
    assert (page.violations(), page.errors, page.loads) == ([], [], 1)


def test_a_value_too_long_for_a_message_is_fetched(notes: Notes, context: BrowserContext) -> None:
    page = WatchedPage(context, notes.url)
    story = '<tag> & "quotes" of a long story\n' * 1000
    link = f"/new?{'x' * 20_000}"
    notes.set(story=story, markup="new", link=link)
    notes.start_jobs()
    page.wait_text("story", story)
    page.wait_change("link")
    assert page.tab.get_attribute("#link", "href") == link
    change = page.wait_change("story")
    assert change.pop("at") > 0
    assert change == {"tag_id": "story", "kind": "text", "fetch": True}
    assert (page.violations(), page.errors, page.loads) == ([], [], 1)


def test_after_a_crash_of_the_server_the_page_shows_what_it_missed(
    notes: Notes, context: BrowserContext
) -> None:
    notes.set(story="before", markup="same", link="/same")
    notes.start_jobs()
    page = WatchedPage(context, notes.url)
    page.wait_text("story", "before")
    context.set_offline(True)
    notes.site.kill_web()
    page.wait_offline()
    notes.set(story="missed", markup="same", link="/same")
    wait_for(lambda: ">missed<" in notes.page.read_text())
    assert page.text("story") == "before"
    context.set_offline(False)
    page.wait_text("story", "missed")
    page.wait_live()
    notes.set(story="after", markup="same", link="/same")
    page.wait_text("story", "after")
    assert page.loads == 1


def clock_on_disk(folder: Path) -> str:
    (found,) = re.findall(r'id="clock">([^<]*)<', (folder / "index.html").read_text())
    return str(found)


def test_what_a_person_wrote_after_the_last_run_stays(site: RunningSite, context: BrowserContext) -> None:
    notes = Notes(site, "own.html")
    notes.set(story="by the job", markup="x", link="/x")
    notes.start_jobs()
    wait_for(lambda: "by the job" in notes.page.read_text(), limit_s=20)
    site.manage("smallweb_periodic", "pause", *(f"own.html{tag}" for tag in ("story", "markup", "link")))
    seen = notes.page.stat().st_mtime
    wait_for(lambda: time.time() > seen + 2, limit_s=10)
    notes.page.write_text(notes.page.read_text().replace("by the job", "by a person"))
    watched = WatchedPage(context, notes.url)
    assert watched.tab.evaluate("window.heard") == []
    assert watched.text("story") == "by a person"
