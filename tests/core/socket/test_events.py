"""Streams of events, on real servers: what is heard, recovered, limited and let go of."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import User

from smallweb.core.channels import publish
from smallweb.core.channels.bus.base import get_bus
from smallweb.core.channels.publications import Outgoing, Position
from smallweb.core.services.tokens import create_token
from smallweb.core.socket.event_ids import UNKNOWN, Positions
from smallweb.core.socket.notices import kick
from smallweb.core.socket.open_connections import list_connections
from tests.core.buses import publish_each
from tests.core.socket.live import Site, ann, bearer, http, page_of, result, server, site
from tests.waiting import wait_for

__all__ = ["ann", "http", "server", "site"]

pytestmark = pytest.mark.django_db(transaction=True)

MANY_BEATS = 60


class Events:
    """One open stream; ``last_id`` is what a browser would send as Last-Event-ID."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.last_id = ""
        self._lines = response.iter_lines()

    def next(self) -> tuple[str, Any]:
        """Return the next event's type and its data."""
        kind, data = "message", ""
        for line in self._lines:
            name, _, value = line.partition(": ")
            if name == "id":
                self.last_id = value
            elif name == "event":
                kind = value
            elif name == "data":
                data += value
            elif not line and data:
                return kind, json.loads(data)
        return "end", None

    def heard(self) -> dict[str, Any]:
        """Return the next notification that is no heartbeat."""
        for _ in range(MANY_BEATS):
            kind, message = self.next()
            assert kind == "message", kind
            if message["method"] != "rpc.ping":
                return message  # type: ignore[no-any-return]
        raise AssertionError("Nothing was heard but heartbeats.")

    def publications(self, count: int) -> list[dict[str, Any]]:
        found = [self.heard() for _ in range(count)]
        assert {one["method"] for one in found} == {"rpc.event"}, found
        return [one["params"] for one in found]


@contextmanager
def listening(
    client: httpx.Client, *channels: str, since: str = "", headers: dict[str, str] | None = None
) -> Iterator[Events]:
    sent = {**(headers or {}), **({"Last-Event-ID": since} if since else {})}
    params = {"channel": list(channels)}
    with client.stream("GET", "/rpc/events", params=params, headers=sent) as response:
        assert response.status_code == 200, response.read()
        events = Events(response)
        kind, first = events.next()
        assert (kind, first["method"]) == ("message", "rpc.ping")
        yield events


def test_what_is_published_from_the_first_ping_on_is_heard(http: httpx.Client) -> None:
    publish("kept/before", 0)
    with listening(http, "kept/#", "open/a") as events:
        headers = events.response.headers
        assert headers["Content-Type"] == "text/event-stream"
        assert (headers["Cache-Control"], headers["X-Accel-Buffering"]) == ("no-store", "no")
        publish("kept/a", {"n": "\r\n<b>"})
        publish("open/b", "not for us")
        publish("open/a", 2)
        first, second = events.publications(2)
        assert (first["channel"], first["data"], first["offset"]) == ("kept/a", {"n": "\r\n<b>"}, 1)
        assert (second["channel"], second["data"]) == ("open/a", 2)
        assert [events.next()[1]["method"] for _ in range(2)] == ["rpc.ping", "rpc.ping"]


def test_what_was_missed_comes_after_the_break_and_nothing_twice(http: httpx.Client) -> None:
    with listening(http, "kept/#", "kept/r") as events:
        publish("kept/r", 1)
        assert [one["data"] for one in events.publications(1)] == [1]
        last = events.last_id
    publish_each("kept/r", range(2, 60))
    publish("kept/new", "new")
    with listening(http, "kept/#", "kept/r", since=last) as events:
        publish("kept/r", 60)
        heard = events.publications(60)
        assert [one["data"] for one in heard if one["channel"] == "kept/r"] == list(range(2, 61))
        assert [one["data"] for one in heard if one["channel"] == "kept/new"] == ["new"]
        again = events.last_id
    with listening(http, "kept/#", "kept/r", since=again) as events:
        publish("kept/r", 61)
        assert [one["data"] for one in events.publications(1)] == [61]


def test_a_filter_without_channels_yet_is_recovered_from_its_beginning(http: httpx.Client) -> None:
    with listening(http, "kept/young/+/x") as events:
        last = events.last_id
    publish_each("kept/young/a/x", range(3))
    with listening(http, "kept/young/+/x", since=last) as events:
        assert [one["data"] for one in events.publications(3)] == [0, 1, 2]


def test_of_too_many_channels_nothing_is_recovered_and_that_is_told(http: httpx.Client) -> None:
    get_bus().publish([Outgoing(f"open/many/{number}", b"1") for number in range(1_001)])
    with listening(http, "open/many/#") as events:
        assert events.last_id == UNKNOWN
        publish("open/many/7", 2)
        assert events.publications(1)[0]["data"] == 2
    with listening(http, "open/many/#", since=UNKNOWN) as events:
        lagged = events.heard()
        assert (lagged["method"], lagged["params"]["channel"]) == ("rpc.lagged", "open/many/#")


def test_what_cannot_be_recovered_is_told(http: httpx.Client) -> None:
    publish("kept/short", 0)
    other = Positions()
    other.move("kept/short", Position("other", 1))
    gap = {"channel": "kept/short", "from": None, "to": None}
    for since in (other.text(), "-", "nonsense", "x" * 9_000):
        with listening(http, "kept/short", since=since) as events:
            lagged = events.heard()
            assert (lagged["method"], lagged["params"]) == ("rpc.lagged", gap)
            publish("kept/short", since[:3])
            assert events.heard()["params"]["data"] == since[:3]


def test_only_what_the_caller_may_hear_is_heard(site: Site, http: httpx.Client, ann: User) -> None:
    refused = ("office/#", "nowhere/a", "#", "a/#/b", "$connections/notices")
    with listening(http, "open/x", *refused[:4]) as events:
        told = [events.heard() for _ in range(4)]
        assert {one["method"] for one in told} == {"rpc.unsubscribed"}
        assert {one["params"]["channel"] for one in told} == set(refused[:4])
        publish("office/a", 1)
        publish("open/x", 2)
        assert events.publications(1)[0]["data"] == 2
    with page_of(ann, site) as page, listening(page, "members/a", "office/a", refused[4]) as events:
        assert {events.heard()["params"]["channel"] for _ in range(2)} == {"office/a", refused[4]}
        publish("office/a", 1)
        publish("members/a", 2)
        assert events.publications(1)[0]["data"] == 2
    with listening(http, "members/a", headers=bearer(ann)) as events:
        publish("members/a", 3)
        assert events.publications(1)[0]["data"] == 3


def test_streams_of_other_sites_and_too_many_are_refused(site: Site, http: httpx.Client, ann: User) -> None:
    with page_of(ann, site) as page:
        for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"}):
            assert page.get("/rpc/events", headers=headers).status_code == 403
        del page.headers["Origin"]
        for foreign in ("cross-site", "same-site"):
            assert page.get("/rpc/events", headers={"Sec-Fetch-Site": foreign}).status_code == 403
        with listening(page, "members/a", headers={"Sec-Fetch-Site": "same-origin"}):
            pass
    for method in ("POST", "HEAD", "PUT"):
        response = http.request(method, "/rpc/events")
        assert (response.status_code, response.headers["Allow"]) == (405, "GET")
    many = {"channel": [f"open/{number}" for number in range(6)]}
    assert http.get("/rpc/events", params=many).status_code == 400


def test_streams_count_among_the_users_connections_and_go_when_the_client_does(
    site: Site, http: httpx.Client, ann: User
) -> None:
    nothing = {"connections": 0, "subscriptions": 0}
    wait_for(lambda: result(http, "test.open") == nothing, limit_s=60)
    headers = bearer(ann)
    port = http.base_url.port
    lines = [socket.create_connection(("127.0.0.1", port)) for _ in range(4)]
    head = f"GET /rpc/events?channel=open/a HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
    for line in lines:
        line.sendall(f"{head}Authorization: {headers['Authorization']}\r\n\r\n".encode())
    wait_for(lambda: result(http, "test.open")["connections"] == 4, limit_s=60)
    refused = http.get("/rpc/events", params={"channel": "open/a"}, headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, -32011)
    for line in lines:
        line.close()
    wait_for(lambda: result(http, "test.open") == nothing, limit_s=60)
    with listening(http, "open/a", headers=headers):
        pass


def test_a_reader_that_does_not_read_costs_little_and_is_told(site: Site, http: httpx.Client) -> None:
    port = http.base_url.port
    with closing(socket.create_connection(("127.0.0.1", port))) as line:
        line.sendall(f"GET /rpc/events?channel=open/slow HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        wait_for(lambda: result(http, "test.open")["subscriptions"] >= 2, limit_s=60)
        size = site.process.memory_info().rss
        publish_each("open/slow", ["x" * 200_000] * 200)
        wait_for(lambda: any(one["missed"] for one in list_connections(1)), limit_s=60)
        assert site.process.memory_info().rss - size < 32 * 2**20
        text = ""
        line.settimeout(60)
        while '"rpc.lagged"' not in text:
            text = text[-100:] + line.recv(2**20).decode()
    wait_for(lambda: result(http, "test.open")["connections"] == 0, limit_s=60)


def test_a_stream_ends_at_once_with_logout_kick_and_revoked_token(
    site: Site, http: httpx.Client, ann: User
) -> None:
    ann.is_staff = True  # for the admin's logout
    ann.save()
    with page_of(ann, site) as page, listening(page, "members/a") as events:
        assert page.post("/admin/logout/", data={"csrfmiddlewaretoken": "a" * 32}).status_code == 200
        assert end_of(events) == ("close", {"code": 4401})
        assert events.next() == ("end", None)
    with listening(http, "open/a") as events:
        (listed,) = list_connections(1)
        assert (listed["kind"], listed["user"], listed["subscriptions"]) == ("events", None, ["open/a"])
        kick(listed["id"])
        assert end_of(events) == ("close", {"code": 4403})
    token, text = create_token(ann, name="test")
    with listening(http, "members/a", headers={"Authorization": f"Bearer {text}"}) as events:
        token.revoke()
        assert end_of(events) == ("close", {"code": 4401})
    with listening(http, "members/a", headers=bearer(ann)) as events:
        ann.is_active = False
        ann.save()
        assert end_of(events) == ("close", {"code": 4401})


def end_of(events: Events) -> tuple[str, Any]:
    """Return the first event that is no heartbeat."""
    for _ in range(MANY_BEATS):
        kind, message = events.next()
        if kind != "message":
            return kind, message
        assert message["method"] == "rpc.ping"
    raise AssertionError("The stream did not end.")
