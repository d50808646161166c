"""An app host for tests that ask it from this process, and sessions in it."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from smallweb.core import local_socket
from smallweb.sessions.host.main import SOCKET
from smallweb.sessions.host.spec import Limits, Opening
from smallweb.sessions.program.wire import Message, pack, read_frame
from smallweb.sessions.registry import describe_app
from smallweb.sessions.services.host_link import as_message, ask_running_host, host_folder
from smallweb.sessions.services.manage_sessions import SeenSession, find_one, list_sessions
from smallweb.sessions.services.open_session import template_of
from smallweb.sessions.services.visitor import visitor_of
from tests.source import ROOT
from tests.waiting import wait_for

TALKER = "tests.sessions.talker:app"


@contextmanager
def host_running(folder: Path) -> Iterator[None]:
    """Run a host of this folder that is there for as long as the block; nothing of it is left then."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'typings'}:{ROOT}"}
    command = [sys.executable, "-m", "smallweb.sessions.host", str(folder)]
    process = subprocess.Popen(command, env=environment, cwd=ROOT)
    try:
        held: list[socket.socket] = []
        wait_for(lambda: _connects(folder, held) or process.poll() is not None, limit_s=30)
        with held[0]:
            yield
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="session")
def shared_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Run one host for all tests of this process; return its RUN_DIR."""
    run = tmp_path_factory.mktemp("host") / "run"
    (run / "sessions").mkdir(mode=0o700, parents=True)
    with host_running(run / "sessions"):
        yield run


@pytest.fixture
def host(shared_host: Path, settings: Any) -> Iterator[None]:
    """Have this process find the host; no session of it is left then."""
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "RUN_DIR": shared_host}
    yield
    end_all()


@pytest.fixture
def no_host(tmp_path: Path, settings: Any) -> None:
    settings.SMALLWEB_CORE = {**settings.SMALLWEB_CORE, "RUN_DIR": tmp_path / "run"}


def _connects(folder: Path, held: list[socket.socket]) -> bool:
    try:
        held.append(local_socket.connect(folder / SOCKET))
    except OSError:
        return False
    return True


@contextmanager
def deaf_host() -> Iterator[None]:
    """Listen where a host would, and hang up on the first who asks."""
    with local_socket.listen(host_folder() / SOCKET) as listener:
        listener.settimeout(20)
        answering = threading.Thread(target=lambda: listener.accept()[0].close())
        answering.start()
        yield
        answering.join()


def begin(
    app: str = "talker", *, user: Any = None, address: str = "", init: Any = None, owner: str = ""
) -> SeenSession:
    """Have a session of the talker begin, under the name of any app."""
    owner = owner or secrets.token_hex(8)
    opening = Opening(
        app=app, owner=owner, visitor=visitor_of(user) if user else f"visitor:{owner}",
        name=user.get_username() if user else "", address=address, key=json.dumps(init),
        template=template_of(describe_app("talker", TALKER)), limits=Limits(),
        start={"init": init or [[], {}]},
    )  # fmt: skip
    answer = ask_running_host("open", opening=as_message(opening))
    assert answer is not None
    return find_one(answer["id"])


def ask(session: SeenSession, path: str) -> str:
    """Have the talker do something, as a web process does when a browser asks."""
    scope: Message = {
        "type": "http", "method": "GET", "path": path, "raw_path": path, "root_path": "", "query_string": "",
        "headers": [],
    }  # fmt: skip
    with local_socket.connect(host_folder() / f"{session.id}.session") as sock:
        sock.settimeout(20)
        sock.sendall(pack(scope) + pack({"type": "http.request", "more_body": False}))
        body = b""
        while True:
            try:
                message, piece = read_frame(sock)
            except EOFError:
                return body.decode()
            body += piece
            if message["type"] == "http.response.body" and not message.get("more_body"):
                return body.decode()


@contextmanager
def looked_at(session: SeenSession) -> Iterator[None]:
    """Have a browser look at the session, as far as it knows, for as long as the block."""
    scope: Message = {"type": "websocket", "path": "/", "raw_path": "/", "query_string": "", "headers": []}
    with local_socket.connect(host_folder() / f"{session.id}.session") as sock:
        sock.settimeout(20)
        sock.sendall(pack(scope))
        assert read_frame(sock)[0]["type"] == "websocket.accept"
        yield


def end_all() -> None:
    """End what runs, and wait until it is gone."""
    ask_running_host("end")
    wait_for(lambda: not list_sessions().sessions)
