"""Two web processes and one owner, as real processes."""

from __future__ import annotations

import itertools
import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets import Origin
from websockets.sync.client import ClientConnection, connect

from smallweb.core.socket.protocol import ErrorCode
from tests.rpc.owner.site import running
from tests.waiting import wait_for

pytestmark = pytest.mark.once


class Page:
    """A socket to one web process."""

    def __init__(self, line: ClientConnection) -> None:
        self._line = line
        self._ids = itertools.count()

    def send(self, method: str, *params: Any) -> int:
        request_id = next(self._ids)
        request = {"jsonrpc": "2.0", "method": method, "params": params, "id": request_id}
        self._line.send(json.dumps(request))
        return request_id

    def answer(self, request_id: int) -> dict[str, Any]:
        while True:
            message = json.loads(self._line.recv(timeout=60))
            if message.get("id") == request_id and "method" not in message:
                return message  # type: ignore[no-any-return]

    def ask(self, method: str, *params: Any) -> dict[str, Any]:
        return self.answer(self.send(method, *params))

    def call(self, method: str, *params: Any) -> Any:
        answer = self.ask(method, *params)
        assert "error" not in answer, answer
        return answer["result"]


@contextmanager
def page(folder: Path) -> Iterator[Page]:
    """Run a web process and open a socket to it."""
    with (
        running("web", folder) as (port, _process),
        connect(f"ws://127.0.0.1:{port}/ws/", origin=Origin(f"http://127.0.0.1:{port}")) as line,
    ):
        yield Page(line)


def test_one_object_for_two_web_processes_until_its_owner_is_killed(tmp_path: Path) -> None:
    with page(tmp_path) as one, page(tmp_path) as other:
        assert one.ask("rpc.get", "shop.a")["error"]["code"] == ErrorCode.BUSY
        with running("owner", tmp_path) as (said, owner):
            assert said == "Owning shop, half, there."
            assert one.call("rpc.set", "shop.a", 7) is True
            assert other.call("rpc.get", "shop.a") == 7
            assert one.call("there.pid") == other.call("there.pid") == owner.pid
            assert one.call("here.pid") != other.call("here.pid")
            running_call = one.send("there.wait")
            assert one.call("shop.add", 1, 2) == 3
            owner.send_signal(signal.SIGKILL)
            lost = one.answer(running_call)["error"]
            assert (lost["code"], lost["data"]) == (ErrorCode.BUSY, {"code": "owner_gone"})
            refused = other.ask("rpc.get", "shop.a")["error"]
            assert refused["code"] == ErrorCode.BUSY
            assert "smallweb_rpc_owner" in refused["message"]
        with running("owner", tmp_path):
            assert other.call("rpc.get", "shop.a") == 1  # its state was the process's
            assert one.call("shop.add", 1, 2) == 3


def test_an_owner_ends_when_it_is_told_to(tmp_path: Path) -> None:
    for signum in (signal.SIGTERM, signal.SIGINT):
        with running("owner", tmp_path) as (said, owner):
            assert said.startswith("Owning")
            owner.send_signal(signum)
            assert wait_for(lambda: owner.poll() is not None, limit_s=60)
            assert owner.returncode == 0


def test_a_second_owner_is_refused(tmp_path: Path) -> None:
    with running("owner", tmp_path), running("owner", tmp_path) as (said, second):
        assert said == ""
        assert second.wait(60) != 0
