"""All sessions of this machine: found again, started, watched and ended."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import signal
import socket
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from ...core import local_socket
from ..exceptions import AppNotReady, NoHost, SessionGone
from ..program.board import Board, make_board
from ..program.wire import FramePipe, Message
from .admit import Running, make_room
from .live import LiveSession, open_handle
from .log import Log
from .spec import Limits, Opening, TemplateSpec
from .template import Template

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
END_GRACE_S = 2.0
REPLACED_IDLE_S = 30.0
"""For how long an instance that another has replaced waits for its tabs to come back."""
KEPT_ENDS = 100
KEPT_CHANGES = 1000
"""Of how many visitors changes are kept that no web process has taken."""


Instance = tuple[str, str, str]


class Keeper:
    """``folder`` is the private one where sessions listen."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._templates: dict[TemplateSpec, Template] = {}
        self._newest: dict[TemplateSpec, TemplateSpec] = {}
        self._sessions: dict[str, LiveSession] = {}
        self._instances: dict[Instance, LiveSession] = {}
        self._by_pid: dict[int, LiveSession] = {}
        self._starting: dict[Instance, asyncio.Future[LiveSession]] = {}
        self._coming: list[Running] = []
        self._unkept: dict[str, Message] = {}
        self._is_draining = False
        self._has_ended = asyncio.Event()
        self.ended: deque[LiveSession] = deque(maxlen=KEPT_ENDS)
        for left in folder.glob("*.session"):
            left.unlink()

    @property
    def sessions(self) -> list[LiveSession]:
        return list(self._sessions.values())

    async def open(self, opening: Opening) -> tuple[LiveSession, bool]:
        """Return the session that has this owner, app and key, and whether it is new.

        Raises AppNotReady, NoRoom, NoHost.
        """
        instance = (opening.owner, opening.app, opening.key)
        found = self._instances.get(instance)
        if found is not None:
            found.opened_at = time.monotonic()
            self._make_newest(found)
            return found, False
        starting = self._starting.get(instance)
        if starting is not None:
            return await asyncio.shield(starting), False
        starting = self._starting[instance] = asyncio.ensure_future(self._start(opening, instance))
        starting.add_done_callback(lambda _: self._starting.pop(instance))
        return await asyncio.shield(starting), True

    async def _start(self, opening: Opening, instance: Instance) -> LiveSession:
        if self._is_draining:
            raise NoHost("The app host is being replaced; try again in a moment.")
        template = await self.template(opening.template)
        asked = _running(opening, id="", is_used=True, idle_since=0.0)
        self._make_room(asked, opening.limits)
        self._coming.append(asked)
        try:
            made = await self._fork(template, opening)
        finally:
            self._coming.remove(asked)
        self._sessions[made.id] = self._instances[instance] = self._by_pid[made.pid] = made
        self._make_newest(made)
        self._let_go_of_templates()
        if made.pid not in template.pids:  # it has ended in the meantime
            self._on_end(made.pid, None)
        return made

    async def template(self, spec: TemplateSpec) -> Template:
        """Return a warm template. Raises AppNotReady."""
        self._newest[_any_version(spec)] = spec
        found = self._templates.get(spec)
        if found is None or not found.is_usable:
            found = self._templates[spec] = Template(spec, self._on_end)
        try:
            await found.ready()
        except AppNotReady:
            if self._templates.get(spec) is found:
                del self._templates[spec]
            raise
        return found

    def _make_room(self, asked: Running, limits: Limits) -> None:
        living = [
            _running(one.opening, id=one.id, is_used=one.is_used, idle_since=one.idle_since())
            for one in self.sessions
            if not one.end_reason
        ]
        for id in make_room([*living, *self._coming], asked, limits):
            self.end(self._sessions[id], "made room for another")

    async def _fork(self, template: Template, opening: Opening) -> LiveSession:
        id = secrets.token_hex(16)  # people type how it begins
        path = self._folder / f"{id}.session"
        listener = local_socket.listen(path)
        control, theirs = socket.socketpair()
        board = make_board()
        log, printed = os.pipe()
        try:
            pid = await template.fork([listener.fileno(), theirs.fileno(), board, printed])
        except AppNotReady:
            control.close()
            os.close(log)
            os.close(board)
            path.unlink(missing_ok=True)
            raise
        finally:
            listener.close()
            theirs.close()
            os.close(printed)
        made: list[LiveSession] = []
        control.setblocking(False)
        _, pipe = await asyncio.get_running_loop().create_unix_connection(
            lambda: FramePipe(
                lambda message, body: self._on_news(made[0], message), lambda: self._on_silence(made[0])
            ),
            sock=control,
        )
        session = LiveSession(
            id=id, opening=opening, path=path, pid=pid, handle=open_handle(pid), template=template,
            board=Board(board), control=pipe, log=Log(log),
        )  # fmt: skip
        os.close(board)
        made.append(session)
        pipe.write(opening.start)
        session.init = opening.start.get("init")
        opening.start.clear()  # it may be large, and nobody asks for it again
        return session

    def find(self, id: str, owner: str) -> LiveSession:
        """Return the session of this owner. Raises SessionGone."""
        found = self._sessions.get(id)
        if found is None or found.opening.owner != owner or found.end_reason:
            raise SessionGone("This session has ended; load the page again.")
        return found

    def _make_newest(self, session: LiveSession) -> None:
        """An owner has one instance of an app; those before it live for as long as they are looked at."""
        for one in self._sessions.values():
            if (one.opening.owner, one.opening.app) == (session.opening.owner, session.opening.app):
                one.is_newest = one is session

    def _let_go_of_templates(self) -> None:
        """Another version of an app has a template of its own; the one before it forks no more."""
        for spec, template in list(self._templates.items()):
            is_old = self._newest[_any_version(spec)] != spec
            if is_old and template.kind and not template.pids:
                del self._templates[spec]
                template.end()

    def _on_news(self, session: LiveSession, message: Message) -> None:
        session.heard_at = time.monotonic()
        if message.get("type") == "error":
            session.last_error = str(message["text"])
        elif message.get("type") == "data":
            owner = session.opening.owner
            self._note_unkept(owner, message)
            self.share(owner, message, but=session.id)

    def _note_unkept(self, owner: str, changes: Message) -> None:
        before = self._unkept.pop(owner, {})
        gone = {*before.get("del", ()), *changes.get("del", ())} - set(changes.get("set", {}))
        kept = {key: value for key, value in before.get("set", {}).items() if key not in gone}
        self._unkept[owner] = {"set": {**kept, **changes.get("set", {})}, "del": sorted(gone)}
        while len(self._unkept) > KEPT_CHANGES:
            del self._unkept[next(iter(self._unkept))]

    def take_unkept(self, owner: str) -> Message | None:
        """Return changes of the owner's shared dict that no web process was there to keep."""
        return self._unkept.pop(owner, None)

    def share(self, owner: str, changes: Mapping[str, Any], *, but: str) -> None:
        """Tell the owner's other sessions what one of them has changed in the shared dict."""
        for one in self.sessions:
            if one.opening.owner == owner and one.id != but:
                one.tell({**changes, "type": "data"})

    def _on_silence(self, session: LiveSession) -> None:
        """Its process has closed the line: it ends, or has ended."""
        self._forget(session)
        asyncio.get_running_loop().call_later(END_GRACE_S, session.kill)

    def _on_end(self, pid: int, status: int | None) -> None:
        session = self._by_pid.pop(pid, None)
        if session is None:
            return
        session.note_end()
        session.end_reason = session.end_reason or _words_of(status)
        self._forget(session)
        self._let_go_of_templates()

    def _forget(self, session: LiveSession) -> None:
        if self._sessions.pop(session.id, None) is None:
            return
        if self._instances.get(session.instance) is session:
            del self._instances[session.instance]
        session.control.close()
        session.log.close()
        session.board.close()
        session.path.unlink(missing_ok=True)
        session.ended_at = time.time()
        self.ended.append(session)
        self._has_ended.set()
        opening = session.opening
        logger.info("session of %s for %s ended: %s", opening.app, opening.name, session.end_reason)

    def end(self, session: LiveSession, reason: str, *, grace_s: float = END_GRACE_S) -> None:
        """Ask it to end; later it is killed."""
        if session.end_reason:
            return
        session.end_reason = reason
        if self._instances.get(session.instance) is session:
            del self._instances[session.instance]
        session.signal(signal.SIGTERM)
        asyncio.get_running_loop().call_later(grace_s, session.kill)

    def kill(self, session: LiveSession, reason: str) -> None:
        """End it at once: it is stuck."""
        session.end_reason = reason
        session.kill()
        self._forget(session)

    async def watch(self) -> None:
        """End what takes too long, or is not used any more."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            now = time.monotonic()
            for session in self.sessions:
                self._look(session, now)

    def _look(self, session: LiveSession, now: float) -> None:
        opening, seen = session.opening, session.board.read()
        limit_s = opening.interaction_s
        busy_s = now - seen["busy_since"] if seen["busy_since"] else 0.0
        idle_s = now - session.idle_since()
        if limit_s and busy_s > limit_s:
            self.kill(session, f"an interaction took more than {limit_s:g} s")
        elif limit_s and session.silent_s(now) > limit_s:
            self.kill(session, f"it did not answer for {limit_s:g} s")
        elif opening.inactivity_s and not busy_s and idle_s > opening.inactivity_s:
            self.end(session, f"not used for {opening.inactivity_s:g} s")
        elif not session.is_newest and not seen["tabs"] and idle_s > REPLACED_IDLE_S:
            self.end(session, "replaced by a newer instance")

    async def drain(self, *, grace_s: float = END_GRACE_S) -> None:
        """Start nothing more; end all sessions, and return when none is left."""
        self._is_draining = True
        for session in self.sessions:
            self.end(session, "the app host was stopped", grace_s=grace_s)
        with suppress(TimeoutError):
            async with asyncio.timeout(grace_s + 0.5):
                while self._sessions:
                    self._has_ended.clear()
                    await self._has_ended.wait()
        for template in self._templates.values():
            template.end()


def _any_version(spec: TemplateSpec) -> TemplateSpec:
    return msgspec.structs.replace(spec, version="")


def _running(opening: Opening, *, id: str, is_used: bool, idle_since: float) -> Running:
    return Running(
        id=id,
        app=opening.app,
        visitor=opening.visitor,
        address=opening.address,
        is_used=is_used,
        idle_since=idle_since,
    )


def _words_of(status: int | None) -> str:
    if status is None:
        return "its template has ended"
    if status == 0:
        return "it ended by itself"
    if status > 0:
        return f"the process ended with {status}"
    with suppress(ValueError):
        return f"the process was ended by {signal.Signals(-status).name}"
    return f"the process was ended by signal {-status}"
