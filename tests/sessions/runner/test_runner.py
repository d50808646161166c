"""A htagweb script runs with its import line changed."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from smallweb.sessions import Runner
from smallweb.sessions.exceptions import CannotHost
from tests.sessions.client import Page, Visitor
from tests.sessions.site import Site
from tests.waiting import wait_for

from .scripts import (
    DJANGO,
    GUARDED,
    PLAIN,
    ROUTES,
    WITHOUT_STARLETTE,
    WITHOUT_UVICORN,
    Script,
    environment,
    running,
)

pytestmark = pytest.mark.once


def visitor_of(script: Script) -> Visitor:
    return Visitor(cast(Site, script))


def page_of(visitor: Visitor, path: str = "/") -> Page:
    answer = visitor.get(path)
    assert answer.status_code == 200, answer.text
    return Page(visitor, answer)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder with tables: to make them takes the longest of a first start."""
    folder = tmp_path_factory.mktemp("made")
    with running(folder, DJANGO):
        pass
    shutil.rmtree(folder / "data/run")
    return folder / "data"


@pytest.fixture(scope="module")
def routes(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Script]:
    with running(tmp_path_factory.mktemp("routes"), ROUTES, data=data) as script:
        yield script


def shown_after_two_clicks(script: Script) -> str:
    page = page_of(visitor_of(script))
    with page.socket() as tab:
        tab.click("add")
        tab.click("add")
    return page.reload().shown()


def test_a_script_without_a_guard_serves_its_own_class_and_starts_once(data: Path, tmp_path: Path) -> None:
    with running(tmp_path, PLAIN, data=data) as script:
        assert shown_after_two_clicks(script) == "2"
        assert "Traceback" not in page_of(visitor_of(script)).click("fail")["err"]
        assert "address already in use" not in script.log()
        _the_query_string_goes_to_init(visitor_of(script))
    own = tmp_path / "data"
    assert stat.S_IMODE(own.stat().st_mode) == 0o700
    wait_for(lambda: not list((own / "run/sessions").glob("*.session")), what="sessions end with the script")


def _the_query_string_goes_to_init(visitor: Visitor) -> None:
    page = page_of(visitor, "/?a&b=1&c=")
    assert "('a',) {'b': '1', 'c': None}" in page.html
    page.click("add")
    assert page.reload().shown() == "1"
    assert page_of(visitor, "/?other").shown() == "0"


def test_it_is_an_application_for_any_server_and_debug_shows_tracebacks(data: Path, tmp_path: Path) -> None:
    command = ("-m", "daphne", "-b", "127.0.0.1", "-p", "{port}", "server:app")
    with running(tmp_path, GUARDED, *command, data=data) as script:
        assert shown_after_two_clicks(script) == "2"
        assert "Traceback" in page_of(visitor_of(script)).click("fail")["err"]


def test_two_workers_serve_one_visitor(data: Path, tmp_path: Path) -> None:
    command = ("-m", "uvicorn", "--workers=2", "--port={port}", "server:app")
    with running(tmp_path, GUARDED, *command, data=data) as script:
        visitor = visitor_of(script)
        pages = [page_of(visitor) for _ in range(10)]
        assert len({page.id for page in pages}) == 1
        for page in pages:
            page.click("add")
        assert pages[0].reload().shown() == "10"


def test_without_uvicorn_daphne_serves(data: Path, tmp_path: Path) -> None:
    with running(tmp_path, WITHOUT_UVICORN + PLAIN, data=data) as script:
        assert shown_after_two_clicks(script) == "2"
        assert visitor_of(script).get("/").headers["server"] == "daphne"


def test_routes_answer_beside_the_app(routes: Script) -> None:
    visitor = visitor_of(routes)
    answer = visitor.get("/my.css")
    assert (answer.text, "set-cookie" in answer.headers) == ("body {}", False)
    assert visitor.get("/names/ann").text == "ann"
    assert visitor.http.post("/names/ann").status_code == 405
    assert visitor.get("/fails").status_code == 500
    assert visitor.get("/nowhere").status_code == 404


def test_a_route_and_the_apps_share_the_session(routes: Script) -> None:
    visitor = visitor_of(routes)
    assert visitor.get("/visits").text == "1 None"
    page_of(visitor).click("add")
    assert visitor.get("/visits").text == "2 1"
    other = page_of(visitor, "/my_other_app")
    assert other.config["httpOnly"] is True
    assert "('from', 'route')" in other.html
    assert page_of(visitor, "/old").config["httpOnly"] is False
    assert visitor_of(routes).get("/visits").text == "1 None"


def test_a_route_that_makes_the_session_makes_the_app_s_too(routes: Script) -> None:
    visitor = visitor_of(routes)
    assert "('from', 'route')" in page_of(visitor, "/my_other_app").html
    assert len([name for name in visitor.http.cookies if name.startswith("session_")]) == 1
    assert visitor.get("/visits").text == "1 None"


def test_without_starlette_routes_take_django_s_request(data: Path, tmp_path: Path) -> None:
    with running(tmp_path, WITHOUT_STARLETTE + DJANGO, data=data) as script:
        visitor = visitor_of(script)
        assert [visitor.get("/visits").text for _ in range(2)] == ["1", "2"]
        page_of(visitor, "/other").click("add")
        assert page_of(visitor, "/other").shown() == "1"
        assert visitor.http.post("/visits").status_code == 405
        assert visitor.get("/").status_code == 404


def test_the_import_wants_no_settings_and_no_server(tmp_path: Path) -> None:
    code = (
        "import sys; from smallweb.sessions import Runner; Runner('a.b:App', ssl=None);"
        "print([name for name in ('uvicorn', 'daphne', 'starlette', 'channels') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(tmp_path), capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "[]\n", done.stderr


def test_what_cannot_be_found_again_is_refused() -> None:
    class Local:
        pass

    given: Any
    for given in (Local, "nothing", 5):
        with pytest.raises(CannotHost):
            Runner(given)


def test_in_a_template_it_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMALLWEB_SESSION_TEMPLATE", "1")
    Runner("a.b:App").run(openBrowser=True)
