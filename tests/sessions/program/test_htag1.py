"""Apps of htag 1, as pages of a real server see them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.sessions.client import Page, Visitor
from tests.sessions.site import Site
from tests.waiting import wait_for

pytestmark = pytest.mark.once

Come = Callable[..., Visitor]


def test_a_page_shows_the_instance_as_it_is_now(any_site: Site, come: Come) -> None:
    visitor = come(to=any_site)
    page = visitor.page("counter")
    assert page.shown() == "0"
    with page.socket() as tab:
        assert "update" in tab.click("add")
    again = page.reload()
    assert (again.shown(), again.id) == ("1", page.id)


def test_a_click_needs_no_socket(visitor: Visitor) -> None:
    page = visitor.page("counter")
    assert "update" in page.click("add")
    assert page.reload().shown() == "1"


def test_all_tabs_see_what_changes(visitor: Visitor) -> None:
    page = visitor.page("counter")
    with page.socket(tab="one") as one, page.socket(tab="two") as two:
        said = one.click("add")
        heard = two.hear()
        assert heard["update"] == said["update"]
        assert heard["v"] == said["v"] == 1
        assert "n" not in heard


def test_pushes_reach_all_tabs(visitor: Visitor) -> None:
    page = visitor.page("pusher")
    with page.socket(tab="one") as one, page.socket(tab="two") as two:
        one.click("push")
        for tab in (one, two):
            tab.hear_until(lambda said: ">3<" in json.dumps(said.get("update", "")))
    assert page.reload().shown() == "3"


def test_pushes_reach_a_page_without_a_socket(visitor: Visitor) -> None:
    page = visitor.page("http-only")
    assert page.config["httpOnly"]
    with visitor.http.stream("GET", page.config["pushes"] + "?tab=here&v=0") as stream:
        assert stream.headers["content-type"] == "text/event-stream"
        lines = stream.iter_lines()
        page.click("push")
        assert any(">3<" in line for line in lines)


def test_a_generator_is_shown_step_by_step(visitor: Visitor) -> None:
    page = visitor.page("streamer")
    with page.socket() as tab:
        for name in ("stream", "astream"):
            said: dict[str, Any] | None = tab.click(name)
            steps: list[str] = []
            while said is not None:
                steps.extend(said.get("stream", {}).values())
                said = tab.go_on(said)
            assert "".join(steps) == "".join(f"{name.replace('stream', 'step')}{step};" for step in range(3))


def test_answers_bear_the_number_of_their_question(visitor: Visitor) -> None:
    page = visitor.page("counter")
    with page.socket() as tab:
        asked = [{**page.does("add"), "n": f"call {number}"} for number in range(40)]
        for message in asked:
            tab.send(message)
        heard = [tab.hear() for _ in asked]
        assert [said["n"] for said in heard] == [message["n"] for message in asked]
        assert [said["v"] for said in heard] == list(range(1, 41))


def test_an_empty_message_is_answered_by_an_empty_one(visitor: Visitor) -> None:
    with visitor.page("counter").socket() as tab:
        for empty in ("", "{}"):
            tab.send(empty)
            assert tab.socket.recv(10) == "{}"


def test_a_tab_that_missed_something_is_drawn_anew(visitor: Visitor) -> None:
    page = visitor.page("counter")
    page.click("add")
    with page.socket(version=0) as tab:
        body = tab.hear()["update"]["0"]
        assert "<body" in body
        assert ">1<" in body
    with page.socket(version=1) as tab:
        assert tab.click("add")["n"]  # nothing came before


def test_a_query_is_given_to_init(visitor: Visitor) -> None:
    shown = visitor.page("arguments", "a&b=1&c=").body
    assert "('a',), {'b': '1', 'c': None}" in shown.replace("&#x27;", "'")
    assert "without" in visitor.page("no-arguments", "a&b=1").body


@pytest.mark.parametrize("text", ["no", "[]", '{"id": "x"}', '{"id": 1, "method": [1]}', "[" * 5000])
def test_what_is_no_interaction_is_answered(visitor: Visitor, text: str) -> None:
    page = visitor.page("counter")
    assert "err" in page.call(text).json()
    with page.socket() as tab:
        tab.send(text)
        assert "err" in tab.hear()
        assert "update" in tab.click("add")


def _forged(page: Page, method: str, *args: object) -> dict[str, object]:
    return {**page.does("add"), "method": method, "args": list(args)}


def _of_root(page: Page, method: str, *args: object) -> dict[str, object]:
    root = int(page.body.partition('id="')[2].partition('"')[0])
    return {**_forged(page, method, *args), "id": root}


@pytest.mark.parametrize("method", ["secret", "__init__", "clear", "exit", "init", "__setattr__", "nothing"])
def test_what_was_not_offered_is_refused(visitor: Visitor, method: str) -> None:
    page = visitor.page("counter")
    said = page.call(_of_root(page, method)).json()
    assert "may not call" in said["err"]
    assert page.reload().shown() == "0"


def test_what_is_exposed_is_allowed(visitor: Visitor) -> None:
    page = visitor.page("counter")
    assert "update" in page.call(_of_root(page, "offered", 7)).json()
    assert page.reload().shown() == "7"


def test_an_app_may_allow_any_method(visitor: Visitor) -> None:
    page = visitor.page("any-method")
    page.call(_of_root(page, "secret"))
    assert page.reload().shown() == "secret"


def test_a_fault_is_shown_to_developers_alone(site: Site, visitor: Visitor) -> None:
    said = visitor.page("faulty").click("fail")
    assert said["err"] == "The app failed."
    (hosted,) = site.hosted(app="faulty", visitor=_visitor_of(site, visitor, "faulty"))
    assert hosted["last_error"] == "ValueError: hidden words"
    assert "Traceback" in site.ask_host("log", id=hosted["id"])["text"]
    shown = visitor.page("open").click("fail")["err"]
    assert "Traceback" in shown
    assert "hidden words" in shown


def _visitor_of(site: Site, visitor: Visitor, app: str) -> str:
    id = visitor.page(app).id
    return str(next(one["visitor"] for one in site.hosted() if one["id"] == id))


def test_a_fault_of_init_is_shown_to_developers_alone_and_never_as_markup(
    site: Site, visitor: Visitor
) -> None:
    page = visitor.page("faulty", "oops")
    assert "The app failed." in page.body
    assert "oops" not in page.body
    hosted = next(one for one in site.hosted() if one["id"] == page.id)
    assert hosted["last_error"] == "RuntimeError: broken <b>oops</b>"
    shown = visitor.page("open", "oops").body
    assert "RuntimeError: broken &lt;b&gt;oops&lt;/b&gt;" in shown
    assert "<b>oops</b>" not in shown
    assert page.reload().id == page.id


def test_a_fault_of_a_task_is_told_to_the_operator(site: Site, visitor: Visitor) -> None:
    page = visitor.page("faulty")
    page.click("task")

    def last_error() -> bool:
        return any("words of a task" in one["last_error"] for one in site.hosted() if one["id"] == page.id)

    wait_for(last_error)


def test_what_an_app_prints_is_in_its_log(site: Site, visitor: Visitor) -> None:
    page = visitor.page("faulty")
    page.click("talk")

    def log() -> str:
        return str(site.ask_host("log", id=page.id)["text"])

    wait_for(lambda: "said aloud" in log() and "said as an error" in log())


def test_an_app_that_exits_ends_its_process_and_tells_its_pages(site: Site, visitor: Visitor) -> None:
    page = visitor.page("faulty")
    with page.socket(tab="one") as tab, page.socket(tab="two") as other:
        tab.send(page.does("quit"))
        for each in (tab, other):
            each.hear_until(lambda said: said.get("ended", False))
    wait_for(lambda: all(one["id"] != page.id for one in site.hosted()))
    assert next(one for one in site.ended() if one["id"] == page.id)["end_reason"] == "it ended by itself"
    assert page.reload().id != page.id


def test_a_message_of_an_operator_is_shown(site: Site, visitor: Visitor) -> None:
    page = visitor.page("counter")
    with page.socket() as tab:
        tab.click("add")
        assert site.ask_host("tell", ids=[page.id], text="Bye <b>")["count"] == 1
        assert tab.hear() == {"tell": "Bye <b>"}


def test_a_page_whose_session_has_ended_is_told_to_load_again(site: Site, visitor: Visitor) -> None:
    page = visitor.page("counter")
    with page.socket() as tab:
        tab.click("add")
        site.ask_host("end", ids=[page.id])
        wait_for(lambda: all(one["id"] != page.id for one in site.hosted()))
    assert page.call(page.does("add")).status_code == 410
    assert _close_code(page) == 4404
    assert page.reload().shown() == "0"


def _close_code(page: Page) -> int | None:
    from websockets.exceptions import ConnectionClosed

    with page.socket() as tab:
        try:
            tab.hear()
        except ConnectionClosed:
            return tab.socket.close_code
    return None


def test_a_reader_that_is_too_slow_is_let_go_and_others_are_not_held_up(site: Site, visitor: Visitor) -> None:
    page = visitor.page("pusher")
    with page.socket(tab="slow", max_queue=1), page.socket(tab="quick") as quick:
        quick.click("flood")
        quick.hear_until(lambda said: "flooded" in json.dumps(said.get("update", "")), limit_s=30)
        hosted = next(one for one in site.hosted() if one["id"] == page.id)
        assert hosted["tabs"] == 1
        assert hosted["memory_bytes"] < 100 * 2**20
