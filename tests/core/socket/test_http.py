"""Calls by HTTP, on real servers: who may, what is answered, and what is refused."""

from __future__ import annotations

import json
import socket
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from smallweb.core.services.tokens import create_token
from smallweb.core.socket.protocol import ErrorCode
from tests.core.socket.live import Site, ann, bearer, http, page_of, request, result, server, site
from tests.waiting import wait_for

__all__ = ["ann", "http", "server", "site"]

pytestmark = pytest.mark.django_db(transaction=True)

PING = {"jsonrpc": "2.0", "method": "rpc.ping", "id": 1}
LINES = {"Accept": "application/jsonl, application/json"}


def whoami(client: httpx.Client, **options: Any) -> Any:
    return result(client, "test.whoami", **options)


def require_guards(response: httpx.Response) -> None:
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_calls_batches_notifications_and_nonsense_are_answered(http: httpx.Client) -> None:
    response = http.post("/rpc/", json=PING)
    assert (response.status_code, response.json()) == (200, {"jsonrpc": "2.0", "result": "pong", "id": 1})
    assert response.headers["Content-Type"] == "application/json"
    require_guards(response)
    silent = http.post("/rpc/", json={"jsonrpc": "2.0", "method": "test.echo", "params": [1]})
    assert (silent.status_code, silent.content) == (204, b"")
    assert (
        http.post("/rpc/", json=[{"jsonrpc": "2.0", "method": "rpc.ping"}], headers=LINES).status_code == 204
    )
    batch = http.post("/rpc/", json=[PING, {"jsonrpc": "2.0", "method": "rpc.ping"}, 7, request("nowhere")])
    assert [one.get("result") or one["error"]["code"] for one in batch.json()] == ["pong", -32600, -32601]
    for content, code in ((b"{", -32700), (b"\xff", -32700), (b"[]", -32600), (b"", -32700), (b"7", -32600)):
        answer = http.post("/rpc/", content=content, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (200, code)


def test_what_is_no_post_of_json_is_refused_in_json(http: httpx.Client) -> None:
    for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS"):
        response = http.request(method, "/rpc/", json=PING)
        assert (response.status_code, response.headers["Allow"]) == (405, "POST")
        assert response.json()["error"]["code"] == ErrorCode.INVALID_REQUEST
        require_guards(response)
    head = http.head("/rpc/")
    assert (head.status_code, head.content) == (405, b"")
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
        response = http.post("/rpc/", content=json.dumps(PING), headers={"Content-Type": kind})
        assert (response.status_code, response.json()["error"]["code"]) == (415, -32600)
    assert http.post("/rpc/", content=json.dumps(PING)).status_code == 415
    typed = http.post(
        "/rpc/", content=json.dumps(PING), headers={"Content-Type": "Application/JSON; charset=utf-8"}
    )
    assert typed.json()["result"] == "pong"


def test_a_post_asks_where_channels_stand(http: httpx.Client) -> None:
    assert result(http, "rpc.subscribe", "kept/#")["channels"] == {}
    assert result(http, "rpc.subscribe", "kept/none")["offset"] == 0


def test_a_message_over_the_limit_is_refused(http: httpx.Client) -> None:
    fits = request("test.echo", "x" * 19_000)
    assert http.post("/rpc/", json=fits).json()["result"] == "x" * 19_000
    response = http.post("/rpc/", json=request("test.echo", "x" * 20_000))
    assert (response.status_code, response.json()["error"]["code"]) == (413, -32600)
    chunks = (json.dumps(request("test.echo", "x" * 30_000)).encode() for _ in range(1))
    chunked = http.post("/rpc/", content=chunks, headers={"Content-Type": "application/json"})
    assert chunked.status_code == 413


def test_only_the_sites_own_pages_may_call(site: Site, http: httpx.Client, ann: User) -> None:
    own = str(http.base_url).rstrip("/")
    assert whoami(http, headers={"Origin": own}) == {"user": None, "known_by": "nothing"}
    with page_of(ann, site) as page:
        assert whoami(page) == {"user": "ann", "known_by": "session"}
        for origin in ("http://evil.example", "null", own.replace("http", "https"), "http://127.0.0.1:9", ""):
            for client in (page, http):
                response = client.post("/rpc/", json=PING, headers={"Origin": origin})
                assert (response.status_code, response.json()["error"]["code"]) == (403, ErrorCode.REFUSED)
        del page.headers["Origin"]
        assert page.post("/rpc/", json=PING).status_code == 403


def test_who_is_known_by_a_cookie_sends_the_csrf_token(site: Site, http: httpx.Client, ann: User) -> None:
    with page_of(ann, site) as page:
        for token in ("", "b" * 32, "nonsense"):
            response = page.post("/rpc/", json=PING, headers={"X-CSRFToken": token})
            assert (response.status_code, response.json()["error"]["code"]) == (403, ErrorCode.REFUSED)
            assert "CSRF" in response.json()["error"]["message"]
        del page.headers["X-CSRFToken"]
        assert page.post("/rpc/", json=PING).status_code == 403
        page.cookies.delete("sessionid")
        assert whoami(page)["user"] is None


def test_a_token_tells_who_it_is_and_cookies_beside_it_count_for_nothing(
    site: Site, http: httpx.Client, ann: User
) -> None:
    bob = User.objects.create(username="bob")
    assert whoami(http, headers=bearer(bob)) == {"user": "bob", "known_by": "token"}
    with page_of(ann, site) as page:
        assert whoami(page, headers={**bearer(bob), "X-CSRFToken": ""})["user"] == "bob"
        response = page.post("/rpc/", json=PING, headers={"Authorization": "Bearer wrong"})
        assert response.status_code == 401
        assert whoami(page, headers={"Authorization": "Basic YTpi"})["user"] == "ann"
        foreign = {**bearer(bob), "Origin": "http://evil.example"}
        assert page.post("/rpc/", json=PING, headers=foreign).status_code == 403
        del page.headers["Origin"]
        assert whoami(page, headers=bearer(bob))["user"] == "bob"


def test_a_token_that_opens_no_door_is_a_401(site: Site, http: httpx.Client, ann: User) -> None:
    expired = bearer(ann, expires_at=timezone.now() - timedelta(seconds=1))
    gone = User.objects.create(username="gone", is_active=False)
    token, text = create_token(ann, name="revoked")
    token.revoke()
    revoked = {"Authorization": f"Bearer {text}"}
    odd = [{"Authorization": f"Bearer {text}"} for text in (",", "x" * 300, "sw_", text + "x", text.upper())]
    odd.append({"Authorization": "bearer"})
    for headers in (expired, bearer(gone), revoked, *odd):
        for response in (
            http.post("/rpc/", json=PING, headers=headers),
            http.get("/rpc/events", headers=headers),
        ):
            assert response.status_code == 401
            assert response.headers["WWW-Authenticate"].startswith("Bearer")
            assert response.json()["error"]["code"] == ErrorCode.REFUSED
            require_guards(response)
    answer = http.post("/rpc/", json=request("rpc.auth", text)).json()
    assert answer["error"]["code"] == ErrorCode.REFUSED


def test_progress_comes_line_by_line_before_the_answer(http: httpx.Client) -> None:
    with http.stream("POST", "/rpc/", json=request("test.count", 1_000), headers=LINES) as response:
        assert response.headers["Content-Type"] == "application/jsonl"
        assert response.headers["X-Accel-Buffering"] == "no"
        require_guards(response)
        lines = [json.loads(line) for line in response.iter_lines()]
    assert [line["params"]["value"]["item"] for line in lines[:-1]] == list(range(1_000))
    assert lines[-1] == {"jsonrpc": "2.0", "result": "done", "id": 1}
    plain = http.post("/rpc/", json=request("test.count", 3))
    assert plain.json()["result"] == "done"
    short = http.post("/rpc/", json=PING, headers=LINES)
    assert [json.loads(line)["result"] for line in short.text.splitlines()] == ["pong"]


def test_a_call_whose_client_leaves_is_given_up_and_never_begun_again(http: httpx.Client) -> None:
    before = result(http, "test.calls")["begun"]
    for number, headers in enumerate((LINES, {}), before + 1):
        with pytest.raises(httpx.ReadTimeout):
            http.post("/rpc/", json=request("test.wait"), headers=headers, timeout=2)
        ended = {"begun": number, "given up": number}
        wait_for(lambda ended=ended: result(http, "test.calls") == ended, limit_s=60)  # type: ignore[misc]


def test_a_users_requests_are_limited_together(site: Site, http: httpx.Client, ann: User) -> None:
    with httpx.Client(base_url=http.base_url, headers=bearer(ann), timeout=60) as program:
        before = result(http, "test.calls")["begun"]
        port = program.base_url.port
        waiting = [open_post(port or 0, program.headers["Authorization"]) for _ in range(3)]
        wait_for(lambda: result(http, "test.calls")["begun"] == before + 3, limit_s=60)
        full = program.post("/rpc/", json=PING)
        assert (full.status_code, full.json()["error"]["code"], full.json()["id"]) == (429, ErrorCode.BUSY, 1)
        assert full.headers["Retry-After"] == "1"
        lines = program.post("/rpc/", json=PING, headers=LINES)
        assert (lines.status_code, lines.json()["error"]["code"]) == (200, ErrorCode.BUSY)
        assert http.post("/rpc/", json=PING).status_code == 200
        for one in waiting:
            one.close()
        wait_for(lambda: program.post("/rpc/", json=PING).status_code == 200, limit_s=60)
        batch = [PING] * 100
        statuses = [program.post("/rpc/", json=batch) for _ in range(40)]
        refused = [response for response in statuses if response.status_code == 429]
        assert refused
        assert {one["error"]["code"] for one in refused[0].json()} == {ErrorCode.BUSY}


def open_post(port: int, authorization: str) -> Any:
    """Post a call that lasts, and do not wait for its answer."""
    body = json.dumps(request("test.wait")).encode()
    line = socket.create_connection(("127.0.0.1", port))
    head = (
        f"POST /rpc/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Authorization: {authorization}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    line.sendall(head.encode() + body)
    return line
