"""Requests and pushes of apps in parano mode, without a socket."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing

import httpx
import pytest

from smallweb.sessions.program.answers import Sequences
from tests.sessions.client import Page, Visitor
from tests.sessions.parano.page_side import PageSeal, SealedCalls, bytes_of, seal_of
from tests.sessions.site import Site

pytestmark = pytest.mark.once


@pytest.fixture
def page(visitor: Visitor) -> Page:
    return visitor.page("sealed-http")


@pytest.fixture
def calls(page: Page) -> SealedCalls:
    return SealedCalls(page)


def refused(answer: httpx.Response) -> bool:
    return answer.status_code == 400 and answer.json()["error"] == "seal_broken"


def test_a_request_is_done_and_its_answer_sealed(any_site: Site, come: Callable[..., Visitor]) -> None:
    page = come(to=any_site).page("sealed-http")
    calls = SealedCalls(page)
    for number in (1, 2):
        answer = calls.post(calls.sealed(page.message("add")))
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert f">{number}</b>" in str(calls.said(answer)["update"])


def test_a_request_that_comes_again_is_refused(page: Page, calls: SealedCalls) -> None:
    body = calls.sealed(page.message("add"))
    assert calls.post(body).status_code == 200
    assert refused(calls.post(body))
    assert refused(calls.post(body, page=page.reload().config["page"]))
    assert page.reload().shown() == "1"


def test_a_request_after_a_later_one_is_refused(page: Page, calls: SealedCalls) -> None:
    first, second = calls.sealed(page.message("add")), calls.sealed(page.message("add"))
    assert calls.post(second).status_code == 200
    assert refused(calls.post(first))


@pytest.mark.parametrize("place", [7, 8, -1])
def test_a_changed_byte_is_refused(page: Page, calls: SealedCalls, place: int) -> None:
    body = bytearray(calls.sealed(page.message("add")))
    body[place] ^= 1
    assert refused(calls.post(bytes(body)))
    assert page.reload().shown() == "0"


def test_clear_text_is_refused(page: Page, calls: SealedCalls) -> None:
    message = page.message("add")
    assert refused(page.call(message))
    assert refused(calls.post(json.dumps(message).encode()))
    assert refused(calls.post(b""))
    assert page.reload().shown() == "0"


@pytest.mark.parametrize("number", ["", "x", "-1", "0", "99", "1.0"])
def test_a_page_that_there_is_not_is_refused(page: Page, number: str) -> None:
    calls = SealedCalls(page)
    calls.seal.purpose = f"call {number}"
    calls.seal.finish(None)
    assert refused(calls.post(calls.sealed(page.message("add")), page=number))


@pytest.mark.parametrize("key", ["", "A" * 43, "AAAA", "/" * 43])
def test_a_bad_key_is_refused(page: Page, calls: SealedCalls, key: str) -> None:
    assert refused(calls.post(calls.sealed(page.message("add")), key=key))


def test_what_was_sealed_for_another_session_is_refused(
    page: Page, calls: SealedCalls, come: Callable[..., Visitor]
) -> None:
    assert refused(calls.post(calls.sealed(page.message("add")), to=come().page("sealed-http")))


def test_pushes_are_sealed(visitor: Visitor) -> None:
    page = visitor.page("sealed-pusher-http")
    seal, calls = seal_of(page, "pushes"), SealedCalls(page)
    with visitor.http.stream("GET", f"{page.config['pushes']}?tab=t&v=0&key={seal.key}") as answer:
        events = events_of(answer, seal)
        assert next(events) == "{}"
        assert calls.post(calls.sealed(page.message("push"))).status_code == 200
        assert ">1</b>" in next(events)
        assert ">2</b>" in next(events)


def events_of(answer: httpx.Response, seal: PageSeal) -> Iterator[str]:
    lines = (line.removeprefix("data: ") for line in answer.iter_lines() if line)
    seal.finish(json.loads(next(lines))["key"])
    for line in lines:
        yield seal.open(bytes_of(line))


@pytest.mark.parametrize("key", ["", "A" * 43])
def test_pushes_without_a_key_are_refused(page: Page, key: str) -> None:
    with closing(page.visitor.get(f"{page.config['pushes']}?tab=t&v=0&key={key}")) as answer:
        assert refused(answer)


def test_only_the_newest_pages_may_send() -> None:
    sequences = Sequences()
    first = sequences.new_page()
    assert sequences.take(first, 1)
    assert not sequences.take(first, 1)
    assert sequences.take(first, 3)
    for _ in range(Sequences.KEPT):
        last = sequences.new_page()
    assert not sequences.take(first, 4)
    assert sequences.take(last, 1)
