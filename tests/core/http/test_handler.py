"""The handler answers as Django's own does, and takes no thread where nothing waits."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.handlers.asgi import ASGIHandler
from django.core.signals import request_finished, request_started
from django.db import connections

from smallweb.core.http.handler import HttpHandler
from tests.core.http import views
from tests.core.http.requests import Answer, Application, ask

pytestmark = pytest.mark.django_db(transaction=True)

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]


@pytest.fixture(autouse=True)
def site(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.core.http.views"
    settings.MIDDLEWARE = MIDDLEWARE
    views.begun = asyncio.Event()  # an event belongs to one loop


@pytest.fixture
def new_threads() -> Iterator[list[str]]:
    """The names of threads that began since."""
    names: list[str] = []
    threading.setprofile(lambda *about: names.append(threading.current_thread().name))
    yield names
    threading.setprofile(None)


REQUESTS: list[tuple[str, str, dict[str, str]]] = [
    ("GET", "/plain/", {}), ("HEAD", "/plain/", {}), ("GET", "/plain/?a=%C3%BC", {}), ("POST", "/plain/", {}),
    ("GET", "/plain", {}), ("GET", "/nothing/", {}), ("GET", "/fails/", {}), ("GET", "/streamed/", {}),
    ("GET", "/blocking/", {}), ("GET", "/hear/", {}), ("GET", "/who/", {}), ("GET", "/%FF/", {}),
    ("GET", "/plain/", {"host": "evil example"}), ("GET", "/plain/", {"accept-language": "de"}),
    ("GET", "/plain/", {"cookie": "sessionid=unknown"}),
    ("POST", "/change/", {"origin": "http://evil.example"}),
]  # fmt: skip


async def test_the_same_answers_as_djangos_own() -> None:
    ours, djangos = HttpHandler(), ASGIHandler()
    for method, target, headers in REQUESTS:
        answer = await ask(ours, method, target, headers)
        assert answer == await ask(djangos, method, target, headers), (method, target)
        assert answer.status


@pytest.mark.parametrize("make", [HttpHandler, ASGIHandler])
async def test_sessions_messages_and_forged_requests(make: Callable[[], Application]) -> None:
    handler = make()
    await User.objects.acreate_user("ann")
    cookies = (await ask(handler, "POST", "/login/")).cookies
    assert "sessionid=" in cookies
    assert (await ask(handler, "GET", "/who/", {"cookie": cookies})).body == b"ann"
    said = await ask(handler, "GET", "/say/", {"cookie": cookies})
    heard = await ask(handler, "GET", "/hear/", {"cookie": f"{cookies}; {said.cookies}"})
    assert heard.body == b"saved"
    assert await _change(handler, cookies, "") == (403, b"")
    token = await ask(handler, "GET", "/token/", {"cookie": cookies})
    assert await _change(handler, f"{cookies}; {token.cookies}", token.body.decode()) == (200, b"tea")


async def _change(handler: Application, cookies: str, token: str) -> tuple[int, bytes]:
    form = {"content-type": "application/x-www-form-urlencoded", "cookie": cookies}
    body = f"name=tea&csrfmiddlewaretoken={token}".encode()
    answer = await ask(handler, "POST", "/change/", form, body=body)
    return answer.status, answer.body if answer.status == 200 else b""


async def test_no_thread_is_taken_where_nothing_waits(new_threads: list[str]) -> None:
    handler = HttpHandler()
    for target in ("/plain/", "/token/"):
        await ask(handler, "GET", target)
    assert new_threads == []
    await ask(handler, "GET", "/blocking/")
    assert new_threads


async def test_the_database_of_a_request_is_let_go(settings: Any) -> None:
    open_after: list[bool] = []

    def look(**kwargs: Any) -> None:
        open_after.append(connections["default"].connection is not None)

    request_finished.connect(look)
    try:
        await ask(HttpHandler(), "GET", "/blocking/")
    finally:
        request_finished.disconnect(look)
    assert open_after == [False], "close_old_connections runs in the thread that had asked"


async def test_receivers_of_the_signals_are_told() -> None:
    told: list[str] = []

    def note_begin(**kwargs: Any) -> None:
        told.append(f"begun {kwargs['scope']['path']}")

    def note_end(**kwargs: Any) -> None:
        told.append("ended")

    request_started.connect(note_begin)
    request_finished.connect(note_end)
    try:
        await ask(HttpHandler(), "GET", "/plain/")
    finally:
        request_started.disconnect(note_begin)
        request_finished.disconnect(note_end)
    assert told == ["begun /plain/", "ended"]


async def test_a_view_ends_when_its_client_has_gone() -> None:
    gone = asyncio.Event()
    asking = asyncio.ensure_future(ask(HttpHandler(), "GET", "/waits/", gone=gone))
    await asyncio.wait_for(views.begun.wait(), 30)
    gone.set()
    assert await asking == Answer(0, {}, b"")
    assert views.ended.pop() == "waits"


async def test_a_view_ends_with_its_server() -> None:
    asking = asyncio.ensure_future(ask(HttpHandler(), "GET", "/waits/"))
    await asyncio.wait_for(views.begun.wait(), 30)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert views.ended.pop() == "waits"


async def test_a_client_who_left_before_its_request_was_whole_gets_nothing() -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        raise AssertionError(message)

    from tests.core.http.requests import scope_of

    await HttpHandler()(scope_of("GET", "/plain/", {}), receive, send)


async def test_what_is_not_http_is_refused() -> None:
    with pytest.raises(ValueError, match="'lifespan'"):
        await HttpHandler()({"type": "lifespan"}, None, None)  # type: ignore[arg-type]


def test_the_settings_keep_the_names_that_djangos_checks_look_for(settings: Any) -> None:
    HttpHandler()
    assert settings.MIDDLEWARE == MIDDLEWARE


async def test_a_token_in_the_session_is_left_to_django(settings: Any) -> None:
    settings.CSRF_USE_SESSIONS = True
    handler = HttpHandler()
    token = await ask(handler, "GET", "/token/")
    assert "sessionid=" in token.cookies
    assert await _change(handler, token.cookies, token.body.decode()) == (200, b"tea")
    assert await _change(handler, token.cookies, "") == (403, b"")


async def test_a_middleware_of_others_runs_as_it_did(settings: Any) -> None:
    settings.MIDDLEWARE = [*MIDDLEWARE, "tests.core.http.test_handler.Stamp"]
    answer = await ask(HttpHandler(), "GET", "/plain/")
    assert answer.headers[b"X-Stamp"] == [b"1"]


class Stamp:
    """Middleware of the plain kind, which is not asynchronous."""

    def __init__(self, get_response: Callable[..., Any]) -> None:
        self._get_response = get_response

    def __call__(self, request: Any) -> Any:
        response = self._get_response(request)
        response["X-Stamp"] = "1"
        return response
