"""How this process asks the app host; where none runs, it starts one that ends with the last web process."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import msgspec

from ...core import local_socket
from ...core.run_dir import run_dir
from ..exceptions import AppNotReady, NoHost, NoRoom, SessionGone
from ..host.main import SOCKET
from ..program.wire import FramePipe, Message, pack, read_frame

logger = logging.getLogger(__name__)

START_S = 15.0
_LOOK_EVERY_S = 0.02
_ANSWER_S = 90.0
_SYNC_ANSWER_S = 30.0

_started: list[subprocess.Popen[bytes]] = []
"""Hosts that were started here: each has to be waited for when it has ended."""
_links: WeakKeyDictionary[asyncio.AbstractEventLoop, HostLink] = WeakKeyDictionary()


def host_folder() -> Path:
    """Return the private folder in which the host and the sessions of this site listen."""
    return run_dir("sessions")


async def ask_host(do: str, **message: Any) -> Message:
    """Return the host's answer; the host is started if there is none, and asked again if it ended meanwhile.

    Raises NoHost, and what the answer says: AppNotReady, NoRoom, SessionGone.
    """
    loop = asyncio.get_running_loop()
    link = _links.get(loop)
    if link is None:
        link = _links[loop] = HostLink()
    try:
        answer = await link.ask({**message, "do": do})
    except _HostEnded:
        answer = await link.ask({**message, "do": do})
    return _checked(answer)


def ask_running_host(do: str, **message: Any) -> Message | None:
    """Return the host's answer, for code without a loop; None where no host runs. Raises as ``ask_host``."""
    try:
        sock = local_socket.connect(host_folder() / SOCKET)
    except OSError:
        return None
    with sock:
        sock.settimeout(_SYNC_ANSWER_S)
        try:
            sock.sendall(pack({**message, "do": do, "n": 1}))
            answer, _ = read_frame(sock)
        except (OSError, EOFError) as error:
            raise NoHost("The app host did not answer; look at its log.") from error
    return _checked(answer)


def _checked(answer: Message) -> Message:
    code = answer.get("error")
    if code is None:
        return answer
    if code == NoRoom.code:
        raise NoRoom(answer["scope"], answer["most"])
    raise {AppNotReady.code: AppNotReady, SessionGone.code: SessionGone}.get(code, NoHost)(answer["text"])


class _HostEnded(NoHost):
    """The host ended while it was asked."""


class HostLink:
    """One connection to the host, for all that this loop asks."""

    def __init__(self) -> None:
        self._pipe: FramePipe | None = None
        self._connecting = asyncio.Lock()
        self._numbers = itertools.count(1)
        self._waiting: dict[int, tuple[FramePipe, asyncio.Future[Message]]] = {}

    async def ask(self, message: Message) -> Message:
        pipe = await self._open_pipe()
        number = next(self._numbers)
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._waiting[number] = pipe, answer
        try:
            pipe.write({**message, "n": number})
            return await asyncio.wait_for(answer, _ANSWER_S)
        except TimeoutError as error:
            raise NoHost("The app host did not answer; look at its log.") from error
        finally:
            del self._waiting[number]

    async def _open_pipe(self) -> FramePipe:
        async with self._connecting:
            if self._pipe is None or not self._pipe.is_open:
                self._pipe = await self._connect()
            return self._pipe

    async def _connect(self) -> FramePipe:
        pipe = FramePipe(self._on_frame, lambda: self._on_end(pipe))
        sock = await _reach_host()
        await asyncio.get_running_loop().create_unix_connection(lambda: pipe, sock=sock)
        return pipe

    def _on_frame(self, message: Message, body: bytes) -> None:
        _, answer = self._waiting.get(message.get("n", 0), (None, None))
        if answer is not None and not answer.done():
            answer.set_result(message)

    def _on_end(self, ended: FramePipe) -> None:
        for pipe, answer in self._waiting.values():
            if pipe is ended and not answer.done():
                answer.set_exception(_HostEnded("The app host has ended; try again."))


async def _reach_host() -> socket.socket:
    """Return a connection to the host, which is started where there is none. Raises NoHost."""
    path = host_folder() / SOCKET
    deadline = time.monotonic() + START_S
    process: subprocess.Popen[bytes] | None = None
    while time.monotonic() < deadline:
        with suppress(OSError):
            return local_socket.connect(path)
        if process is None or process.poll() is not None:
            process = _start_host(path.parent)
        await asyncio.sleep(_LOOK_EVERY_S)
    raise NoHost(f"The app host did not start within {START_S:.0f} s; look at the server's log.")


def _start_host(folder: Path) -> subprocess.Popen[bytes]:
    logger.info("starting an app host for %s", folder)
    _started[:] = [process for process in _started if process.poll() is None]
    process = subprocess.Popen(
        [sys.executable, "-m", "smallweb.sessions.host", str(folder)],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(folder or str(Path.cwd()) for folder in sys.path)},
    )
    _started.append(process)
    return process


def as_message(value: msgspec.Struct) -> Any:
    """Return the value as the wire has it."""
    return msgspec.to_builtins(value)
