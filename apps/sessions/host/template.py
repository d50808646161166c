"""The host's side of a template: it starts one, and has it fork."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
from collections import deque
from collections.abc import Callable
from typing import Any

from ..exceptions import AppNotReady
from ..program.wire import pack
from .spec import PROGRAM, TemplateSpec

_READY_S = 60.0
_FORK_S = 10.0


class Template:
    """A warm process of an app; ``on_end(pid, status)`` hears of each session of it that has ended."""

    def __init__(self, spec: TemplateSpec, on_end: Callable[[int, int], None]) -> None:
        self.spec = spec
        self.kind = ""
        self.sessions = 0
        self._on_end = on_end
        self._answers: deque[asyncio.Future[dict[str, Any]]] = deque()
        self._received = bytearray()
        self._ready: asyncio.Future[None] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._orders: socket.socket | None = None

    @property
    def pid(self) -> int:
        return self._process.pid if self._process is not None else 0

    @property
    def is_alive(self) -> bool:
        return self._orders is not None

    async def ready(self) -> None:
        """Return when it can fork; it is started once, however many wait. Raises AppNotReady."""
        if self._ready is None:
            self._ready = asyncio.ensure_future(self._start())
        await asyncio.shield(self._ready)

    async def _start(self) -> None:
        own, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = subprocess.Popen(
                    [self.spec.python, PROGRAM, str(theirs.fileno())],
                    stdin=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,
                )
            except OSError as error:
                own.close()
                raise AppNotReady(f"{self.spec.python} does not start: {error}.") from error
        own.setblocking(False)
        self._orders = own
        asyncio.get_running_loop().add_reader(own, self._read)
        answered = self._expect()
        spec = self.spec
        own.send(
            pack({"target": spec.target, "file": spec.file, "path": list(spec.path), "django": spec.django})
        )
        try:
            answer = await asyncio.wait_for(answered, _READY_S)
        except TimeoutError as error:
            self.end()
            raise AppNotReady(f"{spec.target} was not imported within {_READY_S:.0f} s.") from error
        if "error" in answer:
            self.end()
            raise AppNotReady(answer["error"])
        self.kind = answer["kind"]

    async def fork(self, descriptors: list[int]) -> int:
        """Return the pid of a new session that has these descriptors. Raises AppNotReady."""
        if self._orders is None:
            raise AppNotReady(f"The template of {self.spec.target} has ended.")
        answered = self._expect()
        socket.send_fds(self._orders, [b"f"], descriptors)
        try:
            answer = await asyncio.wait_for(answered, _FORK_S)
        except TimeoutError as error:
            self.end()
            raise AppNotReady(f"The template of {self.spec.target} does not fork.") from error
        if "pid" not in answer:
            raise AppNotReady(answer["error"])
        self.sessions += 1
        return int(answer["pid"])

    def _expect(self) -> asyncio.Future[dict[str, Any]]:
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers.append(answer)
        return answer

    def _read(self) -> None:
        assert self._orders is not None
        try:
            data = self._orders.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.end()
            return
        self._received += data
        *lines, self._received = self._received.split(b"\n")
        for line in lines:
            self._take(json.loads(line))

    def _take(self, message: dict[str, Any]) -> None:
        if "ended" in message:
            self.sessions -= 1
            self._on_end(message["ended"], message["status"])
        elif self._answers:
            answer = self._answers.popleft()
            if not answer.done():
                answer.set_result(message)

    def end(self) -> None:
        """Let it go: it ends, and its sessions with it."""
        if self._orders is None:
            return
        asyncio.get_running_loop().remove_reader(self._orders)
        self._orders.close()
        self._orders = None
        while self._answers:
            answer = self._answers.popleft()
            if not answer.done():
                answer.set_result({"error": f"The template of {self.spec.target} has ended."})
        if self._process is not None:
            process = self._process
            asyncio.get_running_loop().run_in_executor(None, _wait, process)


def _wait(process: subprocess.Popen[bytes]) -> None:
    """Take its status from the system; it ends by itself when its orders do, or else is killed."""
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
