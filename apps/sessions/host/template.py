"""The host's side of a template: it starts one, and has it fork."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
from collections.abc import Callable
from typing import Any

from ..exceptions import AppNotReady
from ..program.wire import pack
from .spec import PROGRAM, TemplateSpec

_READY_S = 60.0
_FORK_S = 30.0
# Of the web process's interpreter, which may be another one.
_OF_OUR_PYTHON = frozenset({"PYTHONPATH", "PYTHONHOME"})


class Template:
    """A warm process of an app; ``on_end(pid, status)`` hears of each session of it that has ended: None is
    a status that nobody can say.
    """

    def __init__(self, spec: TemplateSpec, on_end: Callable[[int, int | None], None]) -> None:
        self.spec = spec
        self.kind = ""
        self.pids: set[int] = set()
        self._on_end = on_end
        self._answer: asyncio.Future[dict[str, Any]] | None = None
        self._forking = asyncio.Lock()
        self._received = bytearray()
        self._ready: asyncio.Future[None] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._orders: socket.socket | None = None

    @property
    def pid(self) -> int:
        return self._process.pid if self._process is not None else 0

    @property
    def is_usable(self) -> bool:
        """Whether it can fork, or is going to."""
        return self._orders is not None or not self.kind

    async def ready(self) -> None:
        """Return when it can fork; it is started once, however many wait. Raises AppNotReady."""
        if self._ready is None:
            self._ready = asyncio.ensure_future(self._start())
        await asyncio.shield(self._ready)

    async def _start(self) -> None:
        self._orders = self._start_process()
        asyncio.get_running_loop().add_reader(self._orders, self._read)
        spec = self.spec
        order = {"target": spec.target, "file": spec.file, "path": list(spec.path), "django": spec.django}
        answer = await self._ask(pack(order), [], limit_s=_READY_S, fault="was not imported")
        if "error" in answer:
            self.end()
            raise AppNotReady(answer["error"])
        self.kind = answer["kind"]

    def _start_process(self) -> socket.socket:
        """Return the socket of its orders. Its ``sys.path`` is that of its interpreter and of its spec."""
        own, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = subprocess.Popen(
                    [self.spec.python, PROGRAM, str(theirs.fileno())],
                    stdin=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,
                    env={name: text for name, text in os.environ.items() if name not in _OF_OUR_PYTHON},
                )
            except OSError as error:
                own.close()
                raise AppNotReady(f"{self.spec.python} does not start: {error}.") from error
        own.setblocking(False)
        return own

    async def fork(self, descriptors: list[int]) -> int:
        """Return the pid of a new session that has these descriptors. Raises AppNotReady."""
        async with self._forking:
            answer = await self._ask(b"f", descriptors, limit_s=_FORK_S, fault="does not fork")
        if "pid" not in answer:
            raise AppNotReady(answer["error"])
        self.pids.add(answer["pid"])
        return int(answer["pid"])

    async def _ask(self, order: bytes, fds: list[int], *, limit_s: float, fault: str) -> dict[str, Any]:
        """Send an order, one at a time, and return the answer."""
        if self._orders is None:
            return {"error": f"The template of {self.spec.target} has ended."}
        self._answer = asyncio.get_running_loop().create_future()
        socket.send_fds(self._orders, [order], fds)
        try:
            return await asyncio.wait_for(self._answer, limit_s)
        except TimeoutError as error:
            self.end()
            raise AppNotReady(f"The template of {self.spec.target} {fault} within {limit_s:g} s.") from error

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
            self.pids.discard(message["ended"])
            self._on_end(message["ended"], message["status"])
        else:
            self._give(message)

    def _give(self, answer: dict[str, Any]) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)

    def end(self) -> None:
        """End it, and its sessions with it."""
        if self._orders is None or self._process is None:
            return
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._orders)
        self._orders.close()
        self._orders = None
        self._give({"error": f"The template of {self.spec.target} has ended."})
        self._process.kill()
        loop.run_in_executor(None, self._process.wait)
        for pid in list(self.pids):
            self._on_end(pid, None)
        self.pids.clear()
