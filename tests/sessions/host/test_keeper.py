"""The host as web processes and visitors see it: what it starts, watches and ends."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.sessions.client import Page, Visitor
from tests.sessions.site import Site
from tests.waiting import is_alive, wait_for

pytestmark = pytest.mark.once

Come = Callable[..., Visitor]
Serve = Callable[..., Site]


def hosted(site: Site, page: Page) -> dict[str, Any] | None:
    return next((one for one in site.hosted() if one["id"] == page.id), None)


def ended(site: Site, page: Page) -> dict[str, Any]:
    """Wait for the end of the page's session, and return what is known of it."""
    return wait_for(
        lambda: next((one for one in site.ended() if one["id"] == page.id and one["end_reason"]), None)
    )


def at_once(works: list[Callable[[], Any]]) -> list[Any]:
    with ThreadPoolExecutor(len(works)) as pool:
        return [done.result() for done in [pool.submit(work) for work in works]]


def test_thirty_first_requests_at_once_are_one_process(site: Site, come: Come) -> None:
    visitor = come()
    visitor.get("/session/set?known=1")
    key = visitor.http.cookies["sessionid"]

    def ask() -> str:
        own = come()
        own.http.cookies.set("sessionid", key)
        return own.page("counter").id

    assert len(set(at_once([ask] * 30))) == 1


def test_a_visitor_s_limit_is_held_by_thirty_at_once(serve: Serve, come: Come) -> None:
    site = serve(max_per_visitor=3)
    visitor = come("ann", to=site)
    visitor.page("counter")
    answers = at_once([partial(_status_of, visitor, f"/apps/arguments/?{number}") for number in range(30)])
    assert set(answers) <= {200, 503}
    assert len(site.hosted()) <= 3


def _status_of(visitor: Visitor, path: str) -> int:
    return visitor.get(path).status_code


def test_the_longest_idle_makes_room_and_none_that_is_looked_at(serve: Serve, come: Come) -> None:
    site = serve(max_per_visitor=2)
    visitor = come(to=site)
    first, second = visitor.page("arguments", "1"), visitor.page("arguments", "2")
    with first.socket() as tab:
        tab.beat()
        third = visitor.page("arguments", "3")
        assert ended(site, second)["end_reason"] == "made room for another"
        assert hosted(site, first) is not None
        with third.socket() as other:
            other.beat()
            answer = visitor.get("/apps/arguments/?4")
            assert answer.status_code == 503
            assert "2 sessions may run for each visitor" in answer.text
            assert answer.headers["retry-after"]
            json = visitor.get("/apps/arguments/?4", headers={"Accept": "application/json"})
            assert json.json()["error"] == "no_room"


@pytest.mark.parametrize(
    "settings, scope",
    [({"max_per_address": 2}, "address"), ({"max_per_app": 2}, "app"), ({"max_sessions": 2}, "machine")],
)
def test_strangers_are_limited(serve: Serve, come: Come, settings: dict[str, int], scope: str) -> None:
    site = serve(**settings)
    pages = [come(to=site).page("counter") for _ in range(2)]
    with pages[0].socket() as one, pages[1].socket() as two:
        for tab in (one, two):
            tab.click("add")
        answer = come(to=site).get("/apps/counter/")
        assert answer.status_code == 503
        assert f"for each {scope}" in answer.text
    assert come(to=site).page("counter").id not in [page.id for page in pages]
    assert len(site.hosted()) == 2


def test_another_query_is_a_new_instance_and_the_old_one_lives_while_it_is_looked_at(
    site: Site, come: Come
) -> None:
    visitor = come()
    old = visitor.page("arguments", "old")
    with old.socket() as tab:
        tab.beat()
        new = visitor.page("arguments", "new")
        assert new.id != old.id
        seen = hosted(site, old)
        assert seen is not None
        assert not seen["is_newest"]
        assert old.reload().id == old.id


def _write_app(site: Site, word: str, moment: int) -> None:
    file = site.folder / "changing/changing_app.py"
    file.parent.mkdir(exist_ok=True)
    init = f"def init(self):\n        self <= Tag.b('{word}', _class='shown')"
    file.write_text(f"from htag import Tag\n\nclass App(Tag.div):\n    {init}\n")
    os.utime(file, (moment, moment))


def test_a_changed_file_is_a_new_instance_without_harm_to_other_tabs(site: Site, come: Come) -> None:
    visitor = come()
    _write_app(site, "first", 2_000)
    old = visitor.page("changing")
    with old.socket() as tab:
        for word, moment in (("second", 3_000), ("an older file", 1_000)):
            _write_app(site, word, moment)
            new = old.reload()
            assert new.shown() == word
            assert new.id != old.id
        tab.beat()


def test_what_nobody_uses_is_ended_pushes_and_heartbeats_are_no_use(site: Site, come: Come) -> None:
    page = come().page("brief")
    with page.socket() as tab:
        tab.click("forever")
        while hosted(site, page) is not None:
            tab.send("{}")
            tab.socket.recv(10)
    assert ended(site, page)["end_reason"] == "not used for 1 s"


@pytest.mark.parametrize("way", ["loop", "hang"])
def test_an_interaction_that_takes_too_long_is_ended_from_outside(site: Site, come: Come, way: str) -> None:
    page = come().page("stuck")
    with page.socket() as tab:
        tab.send(page.does(way))
        found = ended(site, page)
    assert found["end_reason"] == "an interaction took more than 1 s"
    assert not is_alive(found["pid"])
    assert page.reload().id != page.id


def test_an_init_that_hangs_is_ended_and_said_so(serve: Serve, come: Come) -> None:
    site = serve(answer_s=1)
    answer = come(to=site).get("/apps/stuck/?wait")
    assert answer.status_code in (410, 504)
    wait_for(lambda: not site.hosted())


def test_an_app_that_hears_nothing_any_more_is_ended(serve: Serve, come: Come) -> None:
    site = serve(answer_s=1)
    page = come(to=site).page("stuck")
    with page.socket() as tab:
        tab.click("deaf")
        assert ended(site, page)["end_reason"] == "it did not answer for 1 s"
    assert page.reload().id != page.id


def test_an_app_that_nobody_looks_at_is_found_out_by_the_next_page(serve: Serve, come: Come) -> None:
    site = serve(answer_s=1)
    page = come(to=site).page("stuck")
    page.click("deaf")
    wait_for(lambda: page.visitor.get("/apps/stuck/").status_code == 504)
    wait_for(lambda: page.visitor.get("/apps/stuck/").status_code == 200)
    assert page.reload().id != page.id


@pytest.mark.parametrize("debug", [True, False])
def test_an_app_that_cannot_be_imported_says_why_to_developers(serve: Serve, come: Come, debug: bool) -> None:
    site = serve(debug=debug)
    for name, word in (("broken-import", "its import is broken"), ("threaded", "started the threads ticker")):
        answer = come(to=site).get(f"/apps/{name}/")
        assert answer.status_code == 503
        assert "cannot be started" in answer.text
        assert (word in answer.text) is debug
        assert word in site.log
    assert site.hosted() == []


def test_a_session_that_is_killed_is_replaced(site: Site, come: Come) -> None:
    page = come().page("counter")
    page.click("add")
    found = hosted(site, page)
    assert found is not None
    with page.socket() as tab:
        tab.click("add")
        os.kill(found["pid"], signal.SIGKILL)
        new = page.reload()
    assert new.id != page.id
    assert new.shown() == "0"
    assert ended(site, page)["end_reason"] == "the process was ended by SIGKILL"


def test_a_template_that_dies_takes_its_sessions_along_and_is_replaced(own_site: Site, come: Come) -> None:
    page = come(to=own_site).page("counter")
    found = hosted(own_site, page)
    assert found is not None
    template = psutil.Process(found["pid"]).ppid()
    os.kill(template, signal.SIGKILL)
    wait_for(lambda: not is_alive(found["pid"]))
    assert page.reload().id != page.id
    assert ended(own_site, page)["end_reason"] in ("its template has ended", "it ended by itself")


def test_an_app_that_ends_its_process_is_replaced(site: Site, come: Come) -> None:
    page = come().page("faulty")
    with page.socket() as tab:
        tab.send(page.does("die"))
        assert ended(site, page)["end_reason"] == "the process ended with 7"
    assert page.reload().id != page.id


@pytest.mark.parametrize(
    "name, fault", [("memory", "MemoryError"), ("file", "File too large"), ("files", "Too many open files")]
)
def test_an_app_that_takes_too_much_meets_an_error(site: Site, come: Come, name: str, fault: str) -> None:
    page = come().page("hog")
    page.click(name)
    found = hosted(site, page)
    assert found is not None
    assert fault in found["last_error"]


def test_threads_have_room_within_the_limit(site: Site, come: Come) -> None:
    page = come().page("hog")
    page.click("threads")
    assert page.reload().shown() == "20"


def test_an_app_that_takes_too_much_processor_time_is_ended(site: Site, come: Come) -> None:
    page = come().page("hog")
    with page.socket() as tab:
        tab.send(page.does("cpu"))
        assert ended(site, page)["end_reason"] == "the process was ended by SIGXCPU"


def test_a_session_is_described(site: Site, come: Come) -> None:
    page = come("bob").page("counter")
    with page.socket() as tab:
        tab.click("add")
        found = hosted(site, page)
    assert found is not None
    assert (found["app"], found["name"], found["tabs"], found["address"]) == ("counter", "bob", 1, "")
    assert found["interactions"] >= 2
    assert 2**20 < found["memory_bytes"] < 50 * 2**20
    assert is_alive(found["pid"])


def test_a_drain_ends_all_and_starts_nothing(own_site: Site, come: Come) -> None:
    visitor = come(to=own_site)
    pages = [visitor.page(name) for name in ("counter", "patient")]
    with pages[1].socket() as tab:
        tab.send(pages[1].does("loop"))
        host = own_site.host_pid
        os.kill(host, signal.SIGTERM)
        wait_for(lambda: not is_alive(host), limit_s=6)
    assert not (own_site.folder / "run/sessions/host").exists() or own_site.hosted() == []
    wait_for(lambda: visitor.get("/apps/counter/").status_code == 200)


def test_files_of_sessions_go_with_them(site: Site, come: Come) -> None:
    page = come().page("counter")
    path = Path(site.folder / f"run/sessions/{page.id}.session")
    assert path.stat().st_mode & 0o777 == 0o600
    site.ask_host("end", ids=[page.id])
    ended(site, page)
    assert not path.exists()
