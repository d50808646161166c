"""What is known of a session, and which query leads to it again."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from smallweb.sessions.services.manage_sessions import SeenSession, list_sessions
from smallweb.sessions.services.open_session import init_of
from tests.sessions.hosted import begin

pytestmark = pytest.mark.once

_SEEN = {
    "id": "0123456789abcdef", "app": "a", "visitor": "user:1", "name": "", "address": "", "kind": "asgi",
    "pid": 1, "started_at": 0, "ended_at": 0, "idle_s": 0, "busy_s": 0, "interactions": 0, "tabs": 0,
    "cpu_s": 0, "memory_bytes": 0, "last_error": "", "is_newest": True, "end_reason": "",
}  # fmt: skip


def _seen(**changes: Any) -> SeenSession:
    return msgspec.convert({**_SEEN, **changes}, SeenSession)


@pytest.mark.parametrize("query", ["", "a", "a&b=1&c=", "x+y&%26=%3D&d=%C3%A9", "a&a&b=2"])
def test_the_query_leads_to_the_same_instance(query: str) -> None:
    init = msgspec.to_builtins(init_of(query))
    assert msgspec.to_builtins(init_of(_seen(init=init).query)) == init


def test_what_was_not_told_is_an_empty_query() -> None:
    assert _seen().query == ""


def test_people_read_a_name_an_address_or_neither() -> None:
    assert _seen(name="ann", address="::1").who == "ann"
    assert _seen(address="::1").who == "::1"
    assert _seen().who == "a visitor"


def test_only_the_beginning_of_an_id_is_shown() -> None:
    assert _seen().short_id == "0123456789ab"


def test_what_is_not_measured_costs_nothing(host: None) -> None:
    one = begin()
    assert one.memory_bytes > 2**20
    (quick,) = list_sessions(measured=False).sessions
    assert (quick.id, quick.memory_bytes, quick.cpu_s) == (one.id, 0, 0)
