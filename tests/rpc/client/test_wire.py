"""JSON-RPC 2.0 as a client speaks it."""

from __future__ import annotations

import json

import msgspec
import pytest

from smallweb.rpc.client.wire import Message, messages_of, request_of, request_text, socket_url

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("http://127.0.0.1:8000", "ws://127.0.0.1:8000/ws/"),
        ("http://127.0.0.1:8000/", "ws://127.0.0.1:8000/ws/"),
        ("https://example.com/sub/", "wss://example.com/sub/ws/"),
        ("ws://example.com/other/", "ws://example.com/other/"),
        ("wss://example.com/ws/?a=1", "wss://example.com/ws/?a=1"),
    ],
)
def test_the_socket_of_a_site(url: str, wanted: str) -> None:
    assert socket_url(url) == wanted


@pytest.mark.parametrize("url", ["example.com", "ftp://example.com/", "http:///path", ""])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="is no address of a site"):
        socket_url(url)


def test_arguments_go_by_position_or_by_name_and_both_through_rpc_call() -> None:
    assert request_of("a.b", (1, 2), {}) == ("a.b", (1, 2))
    assert request_of("a.b", (), {"x": 1}) == ("a.b", {"x": 1})
    assert request_of("a.b", (), {}) == ("a.b", ())
    mixed = {"path": "a.b", "args": (1,), "kwargs": {"x": 2}}
    assert request_of("a.b", (1,), {"x": 2}) == ("rpc.call", mixed)
    assert request_of("a.b", (1,), {}, stream=True, start_within_s=None) == (
        "rpc.call",
        {"path": "a.b", "args": (1,), "kwargs": {}, "stream": True},
    )


def test_a_notification_has_no_id_and_zero_is_one() -> None:
    assert "id" not in json.loads(request_text("a", []))
    assert json.loads(request_text("a", {"x": 1}, 0)) == {
        "jsonrpc": "2.0",
        "method": "a",
        "params": {"x": 1},
        "id": 0,
    }
    with pytest.raises(TypeError):
        request_text("a", [object()])


def test_a_frame_holds_one_message_or_several() -> None:
    assert messages_of('{"jsonrpc": "2.0", "id": 1, "result": 2}') == [Message(id=1, result=2)]
    assert [m.id for m in messages_of('[{"id": 1, "result": 2}, {"id": "b", "result": 3}]')] == [1, "b"]
    with pytest.raises(msgspec.DecodeError):
        messages_of("no JSON")
