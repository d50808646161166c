"""What is counted of requests, which leave a row, and what stands in it."""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from smallweb.core.redact import HIDDEN
from smallweb.dispatch.models import RequestRecord
from smallweb.dispatch.registry import endpoints
from smallweb.dispatch.services.log_requests import RequestLog, request_log
from smallweb.dispatch.services.watch_requests import RequestWatch, note_end, watch_of
from tests.people import logged_in
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db(transaction=True)

OPEN = "/examples/probe/Open"
AS_JSON: Any = {"content_type": "application/json"}


@pytest.fixture
def log_all(settings: Any) -> None:
    settings.SMALLWEB_DISPATCH = {"LOG_SHARE": 1}


def _records() -> list[RequestRecord]:
    """Return what was logged, first things first."""
    request_log.write(everything=True)
    return list(RequestRecord.objects.order_by("pk"))


def test_what_works_leaves_no_row_unless_a_share_is_wanted(client: Client) -> None:
    assert client.get(f"{OPEN}/hello").status_code == 200
    assert _records() == []
    watch = watch_of("examples/probe/Open/hello")
    assert watch is not None
    assert (watch.figures().calls, watch.figures().errors, watch.last_error) == (1, 0, None)


def test_failures_and_refusals_are_always_logged(client: Client) -> None:
    client.get(f"{OPEN}/raises?kind=public")
    client.get(f"{OPEN}/raises")
    client.get(f"{OPEN}/add?a=x")
    client.get(f"{OPEN}/order")
    client.get("/examples/probe/Closed/hello")
    client.get(f"{OPEN}/teapot")
    rows = _records()
    assert [(row.status, row.outcome) for row in rows] == [
        (422, "closed"), (500, "call_failed"), (400, "bad_parameter"), (405, "method_not_allowed"),
        (401, "login_wanted"), (418, "status_418"),
    ]  # fmt: skip
    assert [row.error for row in rows][:2] == [
        "The shop is closed.", "ValueError: the secret of the server",
    ]  # fmt: skip
    assert {(row.method, row.user_id, row.address) for row in rows} == {("GET", None, "127.0.0.1")}
    watch = watch_of("examples/probe/Open/raises")
    assert watch is not None and watch.last_error is not None
    assert (watch.errors, watch.last_error.outcome) == (2, "call_failed")


def test_names_that_reach_nothing_leave_no_row(client: Client) -> None:
    assert client.get(f"{OPEN}/__class__").status_code == 404
    assert _records() == []


def test_a_question_about_methods_is_not_counted(client: Client) -> None:
    assert client.options(f"{OPEN}/hello").status_code == 204
    assert watch_of("examples/probe/Open/hello") is None


def test_arguments_are_logged_by_name_without_secrets(log_all: None) -> None:
    ann = User.objects.create(username="ann")
    client = logged_in(ann)
    path = f"{OPEN}/dump"
    client.get(f"{path}?a=1&tags=x&tags=y&password=p")
    client.post(path, {"x": "1", "api_key": "k"})
    client.post(f"{path}?q=1", {"deep": {"token": "t", "n": 2}}, **AS_JSON)
    client.post(path, [1, {"secret": 2}], **AS_JSON)
    client.post(path, "{", **AS_JSON)
    client.post(path)
    client.get(f"{OPEN}/me")
    rows = _records()
    assert [row.arguments for row in rows] == [
        {"a": "1", "tags": ["x", "y"], "password": HIDDEN},
        {"x": "1", "api_key": HIDDEN},
        {"q": "1", "deep": {"token": HIDDEN, "n": 2}},
        {"data": [1, {"secret": HIDDEN}]},
        None,
        None,
        None,
    ]
    assert rows[-1].user_id == ann.pk


def test_of_files_name_and_size_are_logged(client: Client, log_all: None) -> None:
    photo = SimpleUploadedFile("a.png", b"12345")
    client.post(f"{OPEN}/upload", {"title": "x", "photo": photo})
    (row,) = _records()
    assert row.arguments == {"title": "x", "photo": "a.png (5 bytes)"}


def test_the_token_of_a_form_is_not_logged(client: Client, log_all: None) -> None:
    client.post(f"{OPEN}/dump", {"x": "1", "csrfmiddlewaretoken": "abc"})
    (row,) = _records()
    assert row.arguments == {"x": "1"}


def test_long_arguments_are_cut(client: Client, log_all: None) -> None:
    client.post(f"{OPEN}/dump", {"note": "x" * 500})
    client.post(f"{OPEN}/dump", {"note": "x" * 20_000})
    client.post(f"{OPEN}/dump", '{"deep": ' + "[" * 700 + "]" * 700 + "}", **AS_JSON)
    client.post(f"{OPEN}/dump", {"note": "nul \0"}, **AS_JSON)
    short, large, deep, nul = [row.arguments or {} for row in _records()]
    assert short["note"] == "x" * 200 + "…"
    assert large == {"…": "more than 16384 bytes"}
    assert deep == {"…": "nested too deep"}
    assert nul["note"] == "nul \N{REPLACEMENT CHARACTER}"


def test_what_nobody_has_read_is_not_read_for_the_log(client: Client) -> None:
    client.post("/examples/probe/Closed/change?q=1", {"note": "x"})
    (row,) = _records()
    assert (row.outcome, row.arguments) == ("login_wanted", {"q": "1"})


def test_a_share_is_a_share(client: Client, settings: Any) -> None:
    settings.SMALLWEB_DISPATCH = {"LOG_SHARE": 0.5}
    request, endpoint = RequestFactory().get(f"{OPEN}/hello"), endpoints.get("examples/probe/Open/hello")
    for _ in range(1000):
        note_end(request, endpoint, HttpResponse(), None, took_s=0.001)
    assert 350 < len(_records()) < 650


def test_old_rows_are_forgotten(settings: Any) -> None:
    settings.SMALLWEB_DISPATCH = {"LOG_KEEP_DAYS": 2}
    for days in (3, 1):
        at = timezone.now() - timedelta(days=days)
        RequestRecord.objects.create(at=at, path="a", method="GET", status=200, outcome="ok", duration_ms=1)
    RequestLog().prune_now_and_then()
    assert RequestRecord.objects.count() == 1


def test_the_thread_writes_by_itself(client: Client) -> None:
    client.get(f"{OPEN}/raises")
    wait_for(lambda: RequestRecord.objects.exists())


def test_an_error_without_words_costs_no_answer(caplog: pytest.LogCaptureFixture) -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise ValueError

    request, endpoint = RequestFactory().get(f"{OPEN}/hello"), endpoints.get("examples/probe/Open/hello")
    with caplog.at_level(logging.ERROR):
        note_end(request, endpoint, HttpResponse(status=500), Mute(), took_s=0.001)
    assert "path=examples/probe/Open/hello could not be counted" in caplog.text


def test_the_counts_of_minutes_move_on() -> None:
    watch = RequestWatch()
    for now in (0.0, 30.0, 59.9, 60.0, 61.0):
        watch.count(now)
    assert (watch.last_minute(61.0), watch.last_hour(61.0)) == (5, 5)
    assert (watch.last_minute(90.0), watch.last_minute(119.0)) == (4, 2)
    assert (watch.last_minute(300.0), watch.last_hour(300.0)) == (0, 5)
    assert watch.last_hour(60 * 60 + 59) == 2
    assert watch.last_hour(10 * 60 * 60) == 0


def test_to_count_costs_next_to_nothing() -> None:
    request, endpoint = RequestFactory().get(f"{OPEN}/hello"), endpoints.get("examples/probe/Open/hello")
    response = HttpResponse()
    best = min(_time_of_1000(request, endpoint, response) for _ in range(20))
    assert best < 0.010, f"{best * 1000:.1f} us a request"


def _time_of_1000(request: Any, endpoint: Any, response: HttpResponse) -> float:
    began_at = time.perf_counter()
    for _ in range(1000):
        note_end(request, endpoint, response, None, took_s=0.001)
    return time.perf_counter() - began_at
