"""The tutorial, done step by step."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.projects import DocsProject
from tests.snippets import snippets_of
from tests.source import ROOT

pytestmark = pytest.mark.once

TUTORIAL = "docs/tutorial.md"
HELLO = ["hello/backend.py", "site/hello.html"]
PROJECT = ["mysite/settings.py", "mysite/urls.py", "mysite/asgi.py"]

ASK = """
import django
django.setup()
import logging
logging.disable()
from django.test import Client
client = Client(headers={"host": "localhost"})
def tell(answer):
    print(answer.status_code, answer.content.decode().strip())
    return answer
tell(client.get("/bakery/Shop/hours"))
tell(client.post("/bakery/Shop/order", {"name": "Ann", "loaves": "2"}))
tell(client.post("/bakery/Shop/order", {"name": "Ann", "loaves": "60"}))
tell(client.get("/bakery/Shop/order?name=Ann"))
task = tell(client.post("/bakery/Shop/bake", {"loaves": "1"})).json()["id"]
tell(client.get(f"/status/{task}"))
"""


@pytest.fixture
def own_app(tmp_path: Path) -> DocsProject:
    """The project of the repository with the reader's app in it."""
    project = DocsProject(tmp_path, "reader_settings")
    project.write(
        "reader_settings.py", 'from smallweb_project.settings import *\n\nINSTALLED_APPS += ["hello"]\n'
    )
    project.write("hello/__init__.py", "")
    return project


@pytest.mark.parametrize("page", ["README.md", TUTORIAL])
def test_the_first_job_reaches_its_page(own_app: DocsProject, page: str) -> None:
    own_app.write_snippets(page, HELLO)
    before = own_app.read("site/hello.html")
    own_app.manage("migrate", "--verbosity=0")
    assert "0 failed" in own_app.manage("smallweb_periodic", "run", "--job", "hello.html#temperature")
    after = own_app.read("site/hello.html")
    assert re.search(r'id="temperature">2\d\.\d<', after)
    assert re.sub(r'(id="temperature">)[^<]+', r"\1?", after) == before


def test_the_commands_of_the_tutorial_work(own_app: DocsProject) -> None:
    own_app.write_snippets(TUTORIAL, HELLO)
    own_app.manage("migrate", "--verbosity=0")
    shown = "".join(snippet.text for snippet in snippets_of(ROOT / TUTORIAL) if snippet.language == "console")
    for command in re.findall(r"manage\.py smallweb_periodic (.+)", shown):
        printed = own_app.manage("smallweb_periodic", *command.replace('"', "").split())
        assert "hello.html" in printed
    assert "paused" in own_app.manage("smallweb_periodic", "list")


def test_the_failure_that_the_tutorial_provokes_reads_as_shown(own_app: DocsProject) -> None:
    own_app.write_snippets(TUTORIAL, HELLO)
    broken = own_app.read("hello/backend.py").replace('return f"{random.uniform(20, 22):.1f}"', "return 21")
    own_app.write("hello/backend.py", broken)
    own_app.manage("migrate", "--verbosity=0")
    printed = own_app.manage("smallweb_periodic", "run", "--job", "hello.html#temperature", status=3)
    (shown,) = re.findall(r"`(The function returned .+)`", (ROOT / TUTORIAL).read_text())
    assert shown in printed


def test_the_bakery_answers_and_bakes(own_app: DocsProject) -> None:
    own_app.write_snippets(TUTORIAL, [*HELLO, "hello/controllers/bakery.py"])
    own_app.write("hello/controllers/__init__.py", "")
    own_app.write("ask.py", ASK)
    own_app.manage("migrate", "--verbosity=0")
    answers = own_app.run("ask.py").splitlines()
    assert answers[:4] == [
        '200 {"opens":"7:00","closes":"13:00"}',
        "200 2 for Ann. Thank you!",
        "422 We bake no more than 50 loaves a day.",
        "405 GET does not reach this; send POST.",
    ]
    assert answers[4].startswith('202 {"type":"task","id":"')
    assert answers[5] == '200 {"status":"Running","state":""}'


def test_an_existing_project_gets_the_jobs(tmp_path: Path) -> None:
    project = DocsProject(tmp_path, "mysite.settings")
    project.run("-m", "django", "startproject", "mysite", ".", "--settings=smallweb_project.settings")
    started = project.read("mysite/settings.py")
    project.write_snippets(TUTORIAL, [*HELLO, *PROJECT])
    project.write("mysite/settings.py", f"{started}\n\n{project.read('mysite/settings.py')}")
    project.write("hello/__init__.py", "")
    assert "no issues" in project.manage("check", "--fail-level=WARNING")
    project.manage("migrate", "--verbosity=0")
    assert "3 jobs done, 0 failed" in project.manage("smallweb_periodic", "run", "--due")
    assert 'id="edits">1<' in project.read("site/hello.html")
    project.run("-c", "import mysite.asgi")
