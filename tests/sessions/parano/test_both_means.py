"""WebCrypto and the fall-back in JavaScript say the same, and what the server says, byte for byte."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from smallweb.sessions.exceptions import SealBroken
from smallweb.sessions.services.sealing import public_key, seal_of_connection, seal_of_requests
from tests.services import require_service
from tests.sessions.parano.page_side import PageSeal, bytes_of, text_of
from tests.source import ROOT

pytestmark = pytest.mark.once

_STATIC = ROOT / "apps/sessions/static/smallweb_sessions"
_TEXTS = ["", "text", "é€😀", "\u2028\x00", "x" * 70_000]


def in_node(**given: Any) -> dict[str, Any]:
    command = [require_service("node"), str(Path(__file__).with_name("seal.js")), str(_STATIC)]
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def test_all_three_sides_say_the_same() -> None:
    secret, key = os.urandom(32), public_key("session")
    page = PageSeal("session", key, "socket", secret)
    server, own_key = seal_of_connection("session", "socket", page.key)
    page.finish(own_key)
    answers = [text_of(server.seal(text.encode())) for text in _TEXTS]
    said = in_node(
        session="session", key=key, purpose="socket", secret=text_of(secret), theirs=own_key, texts=_TEXTS,
        frames=answers,
    )  # fmt: skip
    expected = {
        "key": page.key,
        "sealed": [text_of(page.seal(text)) for text in _TEXTS],
        "opened": _TEXTS,
    }
    assert said == {"web": expected, "plain": expected}
    assert [server.open(bytes_of(frame)).decode() for frame in said["plain"]["sealed"]] == _TEXTS


def test_all_three_sides_say_the_same_in_requests() -> None:
    secret, key = os.urandom(32), public_key("other")
    page = PageSeal("other", key, "call 7", secret).finish(None)
    server = seal_of_requests("other", "7", page.key)
    said = in_node(
        session="other", key=key, purpose="call 7", secret=text_of(secret), theirs=None, texts=["a", "b"],
        frames=[],
    )  # fmt: skip
    assert said["web"] == said["plain"]
    assert server.open(bytes_of(said["web"]["sealed"][1]), may_leave_out=True) == b"b"
    with pytest.raises(SealBroken):
        server.open(bytes_of(said["web"]["sealed"][0]), may_leave_out=True)


def test_the_page_refuses_what_is_not_the_next_frame() -> None:
    secret, key = os.urandom(32), public_key("session")
    page = PageSeal("session", key, "socket", secret)
    server, own_key = seal_of_connection("session", "socket", page.key)
    first, second, third = (server.seal(text) for text in (b"1", b"2", b"3"))
    changed = second[:-1] + bytes([second[-1] ^ 1])
    said = in_node(
        session="session", key=key, purpose="socket", secret=text_of(secret), theirs=own_key, texts=[],
        frames=[text_of(frame) for frame in (second, first, first, third, changed, second, third)],
    )  # fmt: skip
    for means in ("web", "plain"):
        assert said[means]["opened"] == [None, "1", None, None, None, "2", "3"]


def test_sessions_have_keys_of_their_own() -> None:
    assert public_key("one") != public_key("two")
    assert public_key("one") == public_key("one")
