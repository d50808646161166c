"""The socket on which web processes ask the host."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from ...core.exceptions import SmallwebError
from ..exceptions import NoRoom, SessionGone
from ..program.wire import FramePipe, Message
from .describe import describe
from .keeper import END_GRACE_S, Keeper
from .live import LiveSession
from .spec import Opening, TemplateSpec

logger = logging.getLogger(__name__)

_GRACE_WITHOUT_WEB_S = 0.5
"""For how long sessions may take to end when nobody can be waiting for them."""


class Client:
    """One web process. A request is ``{"n", "do", ...}``; its answer has the same ``n``.

    ``leave()`` has the host end if it is one that may, and says whether it does.
    """

    def __init__(self, keeper: Keeper, on_end: Callable[[Client], None], leave: Callable[[], bool]) -> None:
        self.pipe = FramePipe(self._on_frame, lambda: on_end(self), check_peer=True)
        self._keeper = keeper
        self._leave = leave
        self._tasks: set[asyncio.Task[None]] = set()

    def _on_frame(self, message: Message, body: bytes) -> None:
        task = asyncio.ensure_future(self._answer(message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, message: Message) -> None:
        try:
            answer = await self._do(message)
        except NoRoom as error:
            answer = {"error": error.code, "text": str(error), "scope": error.scope, "most": error.most}
        except SmallwebError as error:
            answer = {"error": error.code, "text": str(error)}
        except Exception:
            logger.exception("request=%s failed", message.get("do"))
            answer = {"error": "failed", "text": "The app host failed; its log says why."}
        self.pipe.write({**answer, "n": message.get("n")})

    async def _do(self, message: Message) -> Message:
        if message["do"] == "leave":
            return {"leaves": self._leave()}
        return await _DO[message["do"]](self._keeper, message)


async def _open(keeper: Keeper, message: Message) -> Message:
    opening = msgspec.convert(message["opening"], Opening)
    unkept = keeper.take_unkept(opening.owner)
    data: dict[str, Any] = opening.start.setdefault("data", {})
    if unkept is not None:
        data.update(unkept["set"])
        for key in unkept["del"]:
            data.pop(key, None)
    session, is_new = await keeper.open(opening)
    if not is_new:
        session.tell({"type": "renew", "data": data, "read_at": opening.read_at})
    return {"id": session.id, "path": str(session.path), "is_new": is_new, "unkept": unkept,
            "kind": session.template.kind}  # fmt: skip


async def _find(keeper: Keeper, message: Message) -> Message:
    session = keeper.find(message["id"], message["owner"])
    return {"path": str(session.path), "kind": session.template.kind, "app": session.opening.app,
            "interaction_s": session.opening.interaction_s, "parano": session.opening.parano}  # fmt: skip


async def _stuck(keeper: Keeper, message: Message) -> Message:
    for session in _chosen(keeper.sessions, message):
        keeper.kill(session, "it did not answer")
    return {}


async def _list(keeper: Keeper, message: Message) -> Message:
    ended = list(_chosen(keeper.ended, message)) if message.get("ended") else []
    chosen = list(_chosen(keeper.sessions, message))
    look = partial(describe, measured=message.get("measured", True))
    # In a thread: to sum up the memory of some hundred processes takes the better part of a second.
    return await asyncio.to_thread(
        lambda: {"sessions": [look(one) for one in chosen], "ended": [look(one) for one in ended]}
    )


async def _end(keeper: Keeper, message: Message) -> Message:
    chosen = [session for session in _chosen(keeper.sessions, message) if not session.end_reason]
    for session in chosen:
        keeper.end(session, message.get("reason", "ended by an operator"))
    return {"count": len(chosen)}


async def _tell(keeper: Keeper, message: Message) -> Message:
    """Have it shown by the pages that are open; only those of htag 1 have a way to."""
    chosen = [
        session
        for session in _chosen(keeper.sessions, message)
        if session.template.kind == "htag1" and session.board.read()["tabs"] and not session.end_reason
    ]
    for session in chosen:
        session.tell({"type": "tell", "text": message["text"]})
    return {"count": len(chosen)}


async def _log(keeper: Keeper, message: Message) -> Message:
    for session in [*keeper.sessions, *keeper.ended]:
        if session.id == message["id"]:
            return {"text": session.log.text()}
    raise SessionGone("There is no such session.")


async def _share(keeper: Keeper, message: Message) -> Message:
    keeper.share(message["owner"], message["changes"], but=message["but"])
    return {}


async def _warm(keeper: Keeper, message: Message) -> Message:
    template = await keeper.template(msgspec.convert(message["template"], TemplateSpec))
    return {"kind": template.kind}


def _chosen(sessions: Iterable[LiveSession], message: Message) -> Iterable[LiveSession]:
    """Yield those that have all that is asked for: ``ids``, ``begins`` (how the id begins), ``app``,
    ``visitor``, ``owner``.
    """
    ids = message.get("ids")
    for session in sessions:
        opening = session.opening
        if (
            (ids is None or session.id in ids)
            and session.id.startswith(message.get("begins", ""))
            and message.get("app", opening.app) == opening.app
            and message.get("visitor", opening.visitor) == opening.visitor
            and message.get("owner", opening.owner) == opening.owner
        ):
            yield session


_DO: dict[str, Callable[[Keeper, Message], Awaitable[Message]]] = {
    "open": _open,
    "find": _find,
    "stuck": _stuck,
    "list": _list,
    "end": _end,
    "tell": _tell,
    "log": _log,
    "share": _share,
    "warm": _warm,
}


class Server:
    """Serves clients until told to stop; with ``linger_s`` until none has come for ``first_s``, or none has
    been left for ``linger_s``.
    """

    def __init__(self, keeper: Keeper, *, linger_s: float | None, first_s: float) -> None:
        self._keeper = keeper
        self._linger_s = linger_s
        self._first_s = first_s
        self._clients: set[Client] = set()
        self._leaving: asyncio.TimerHandle | None = None
        self.stopped = asyncio.Event()

    async def run(self, path: Path, listen: Callable[[Path], Any], ready: Callable[[], None]) -> None:
        server = await asyncio.get_running_loop().create_unix_server(self._connected, sock=listen(path))
        watching = asyncio.ensure_future(self._keeper.watch())
        self._wait_for_clients(self._first_s)
        ready()
        await self.stopped.wait()
        watching.cancel()
        server.close()
        await self._keeper.drain(grace_s=END_GRACE_S if self._clients else _GRACE_WITHOUT_WEB_S)
        for client in list(self._clients):
            client.pipe.close()

    def _connected(self) -> asyncio.BaseProtocol:
        client = Client(self._keeper, self._gone, self._leave)
        self._clients.add(client)
        if self._leaving is not None:
            self._leaving.cancel()
        return client.pipe

    def _leave(self) -> bool:
        """A host that was started on first use makes way for one that was started to stay."""
        if self._linger_s is None:
            return False
        self.stopped.set()
        return True

    def _gone(self, client: Client) -> None:
        self._clients.discard(client)
        self._wait_for_clients(self._linger_s)

    def _wait_for_clients(self, limit_s: float | None) -> None:
        if self._linger_s is not None and limit_s is not None and not self._clients:
            self._leaving = asyncio.get_running_loop().call_later(limit_s, self.stopped.set)
