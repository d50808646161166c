"""The process of one session: serves its app on a socket until it is told to end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from typing import Any, TextIO

from .board import Activity, Board
from .connection import Connection
from .lifespan import Lifespan
from .limits import set_limits
from .shared_dict import SharedDict
from .wire import FramePipe, Message, read_frame

_LAST_WORDS_S = 1.0


def run(listener_fd: int, control_fd: int, board_fd: int, log_fd: int, *, target: Any, kind: str) -> None:
    """Serve until the host, a signal or the app ends it. What the app prints goes to the log."""
    _redirect(log_fd)
    listener = socket.socket(fileno=listener_fd)
    control = socket.socket(fileno=control_fd)
    board = Board(board_fd)
    os.close(board_fd)
    start, _ = read_frame(control)
    set_limits(start.get("limits", {}))
    session = Session(start, Activity(board))
    asyncio.run(session.serve(listener, control, target=target, kind=kind))


def _redirect(log_fd: int) -> None:
    null = os.open(os.devnull, os.O_RDONLY)
    for source, goal in ((null, 0), (log_fd, 1), (log_fd, 2)):
        os.dup2(source, goal)
    os.close(null)
    os.close(log_fd)
    sys.stdout, sys.stderr = _lines_to(1), _lines_to(2)


def _lines_to(fd: int) -> TextIO:
    """Return a stream that holds nothing back: the one before was the template's, and perhaps a file's."""
    return open(fd, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)


class Session:
    """One app of one visitor, and who is connected to it.

    ``start`` is what the host said first: ``init`` (args, kwargs), ``debug``, ``methods``, ``data`` (of the
    shared dict), ``user``.
    """

    def __init__(self, start: Message, activity: Activity) -> None:
        self.start = start
        self.activity = activity
        self.data = SharedDict(start.get("data", {}), self.report)
        self.user = User(start.get("user"))
        self.state: dict[str, Any] = {}
        self.app: Any = None
        self.counts_interactions = True
        self._connections: set[Connection] = set()
        self._stopped = asyncio.Event()
        self._control: FramePipe | None = None

    async def serve(self, listener: socket.socket, control: socket.socket, *, target: Any, kind: str) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self.stop)
        loop.set_exception_handler(self._on_fault)
        _, self._control = await loop.create_unix_connection(
            lambda: FramePipe(self._on_order, _host_is_gone), sock=control
        )
        self.app, self.counts_interactions = self._application(target, kind)
        lifespan = Lifespan(self.app, self.state)
        if kind != "htag1":
            number = self.activity.begin()
            fault = await lifespan.start()
            self.activity.end(number)
            if fault is not None:
                self._be_broken(fault)
        server = await loop.create_unix_server(self._connected, sock=listener)
        await self._stopped.wait()
        server.close()
        await self._end_connections()
        await lifespan.end(limit_s=_LAST_WORDS_S / 2)
        self.keep_changes()

    def _be_broken(self, fault: Exception) -> None:
        """Answer who waits for an app that could not start, and let the next one try with a new process."""

        async def fail(scope: Any, receive: Any, send: Any) -> None:
            asyncio.get_running_loop().call_later(_LAST_WORDS_S, self.stop)
            raise fault

        self.app = fail

    def _application(self, target: Any, kind: str) -> tuple[Any, bool]:
        """Return the ASGI application, and whether its interactions are counted for it."""
        if kind == "htag1":
            from .htag1 import Htag1

            return Htag1(target, self), False
        if kind == "htag2":
            from htag.web import WebApp  # type: ignore[import-not-found,unused-ignore]

            return WebApp(target, debug=bool(self.start.get("debug"))).app, True
        return target, True

    def _connected(self) -> asyncio.BaseProtocol:
        connection = Connection(self)
        self._connections.add(connection)
        return connection.pipe

    def forget(self, connection: Connection) -> None:
        self._connections.discard(connection)

    def _on_fault(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """A task of the app has failed, and nobody waits for it."""
        loop.default_exception_handler(context)
        error = context.get("exception")
        self.report(context["message"] if error is None else f"{type(error).__name__}: {error}")

    async def _end_connections(self) -> None:
        """Let apps that have been told of the end say their last words."""
        tasks = [connection.end() for connection in list(self._connections)]
        if tasks:
            await asyncio.wait([asyncio.ensure_future(task) for task in tasks], timeout=_LAST_WORDS_S)

    def stop(self) -> None:
        """End the process, after the connections have been closed."""
        self._stopped.set()

    def _on_order(self, message: Message, body: bytes) -> None:
        kind = message.get("type")
        if kind == "end":
            self.stop()
        elif kind == "data":
            self.data.apply(message)
        elif kind == "renew":
            self.data.renew(message["data"], read_at=message["read_at"])
        elif kind == "ping" and self._control is not None:
            self._control.write({"type": "pong"})
        elif kind == "tell" and not self.counts_interactions:
            self.app.tell(message["text"])

    def keep_changes(self, pipe: FramePipe | None = None) -> None:
        """Send what has changed in the shared dict to be kept: to a web process, or else to the host."""
        changes = self.data.take_changes()
        if changes is None:
            return
        if pipe is not None and pipe.is_open:
            pipe.write({"type": "smallweb.data", **changes})
        elif self._control is not None:
            self._control.write({"type": "data", **changes})

    def report(self, text: str) -> None:
        """Tell the host of an error that an operator should see; what was printed is in the log."""
        if self._control is not None:
            self._control.write({"type": "error", "text": text[-4000:]})


def _host_is_gone() -> None:
    os._exit(0)


class User:
    """Who the visitor is, as ``scope["user"]`` of ASGI frameworks; ``data`` is what the site says of them."""

    def __init__(self, data: dict[str, Any] | None) -> None:
        self.data = data or {}

    @property
    def is_authenticated(self) -> bool:
        return bool(self.data)

    @property
    def display_name(self) -> str:
        return str(self.data.get("name", ""))

    @property
    def identity(self) -> str:
        return str(self.data.get("id", ""))

    def __str__(self) -> str:
        return self.display_name
