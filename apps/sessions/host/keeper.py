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

from ...core import local_socket
from ..exceptions import AppNotReady, SessionGone
from ..program.board import Board, make_board
from ..program.wire import FramePipe, Message
from .admit import Running, make_room
from .live import LiveSession
from .log import Log
from .spec import Opening, TemplateSpec
from .template import Template

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
END_GRACE_S = 2.0
REPLACED_IDLE_S = 30.0
"""For how long an instance that another has replaced waits for its tabs to come back."""
KEPT_ENDS = 100


class Keeper:
    """``folder`` is the private one where sessions listen."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._templates: dict[TemplateSpec, Template] = {}
        self._sessions: dict[str, LiveSession] = {}
        self._instances: dict[tuple[str, str, str], LiveSession] = {}
        self._by_pid: dict[int, LiveSession] = {}
        self._opening: dict[tuple[str, str, str], asyncio.Lock] = {}
        self._unkept: dict[str, list[Message]] = {}
        self._is_draining = False
        self.ended: deque[LiveSession] = deque(maxlen=KEPT_ENDS)
        for left in folder.glob("*.session"):
            left.unlink()

    @property
    def sessions(self) -> list[LiveSession]:
        return list(self._sessions.values())

    async def open(self, opening: Opening) -> tuple[LiveSession, bool]:
        """Return the session that has this owner, app and key, and whether it is new.

        Raises AppNotReady, NoRoom.
        """
        instance = (opening.owner, opening.app, opening.key)
        lock = self._opening.setdefault(instance, asyncio.Lock())
        try:
            async with lock:
                found = self._instances.get(instance)
                if found is not None:
                    found.opened_at = time.monotonic()
                    self._make_newest(found)
                    return found, False
                return await self._start(opening, instance), True
        finally:
            if not lock.locked():
                self._opening.pop(instance, None)

    async def _start(self, opening: Opening, instance: tuple[str, str, str]) -> LiveSession:
        if self._is_draining:
            raise AppNotReady("The app host is being replaced; try again in a moment.")
        template = await self.template(opening.template)
        self._make_room(opening)
        made = await self._fork(template, opening)
        self._sessions[made.id] = self._instances[instance] = self._by_pid[made.pid] = made
        self._make_newest(made)
        self._let_go_of_templates()
        return made

    async def template(self, spec: TemplateSpec) -> Template:
        """Return a warm template. Raises AppNotReady."""
        found = self._templates.get(spec)
        if found is None or (found.kind and not found.is_alive):
            found = self._templates[spec] = Template(spec, self._on_end)
        try:
            await found.ready()
        except AppNotReady:
            if self._templates.get(spec) is found:
                del self._templates[spec]
            raise
        return found

    def _make_room(self, opening: Opening) -> None:
        asked = _running(opening, id="", tabs=0, idle_since=0.0)
        living = [
            _running(one.opening, id=one.id, tabs=one.tabs, idle_since=one.idle_since())
            for one in self.sessions
            if not one.end_reason
        ]
        for id in make_room(living, asked, opening.limits):
            self.end(self._sessions[id], "made room for another")

    async def _fork(self, template: Template, opening: Opening) -> LiveSession:
        id = secrets.token_urlsafe(24)
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
            id=id, opening=opening, path=path, pid=pid, template=template, board=Board(board), control=pipe,
            log=Log(log),
        )  # fmt: skip
        os.close(board)
        made.append(session)
        pipe.write(opening.start)
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
        """A newer version of an app has a template of its own; the older one forks no more."""
        for spec, template in list(self._templates.items()):
            is_old = any(
                (other.target, other.python, other.file) == (spec.target, spec.python, spec.file)
                and other.version > spec.version
                for other in self._templates
            )
            if is_old and template.kind and not template.sessions:
                template.end()
                del self._templates[spec]

    def _on_news(self, session: LiveSession, message: Message) -> None:
        if message.get("type") == "error":
            session.last_error = str(message["text"])
        elif message.get("type") == "data":
            self._unkept.setdefault(session.opening.owner, []).append(message)
            self.share(session.opening.owner, message, but=session.id)

    def take_unkept(self, owner: str) -> list[Message]:
        """Return changes of the owner's shared dict that no web process was there to keep."""
        return self._unkept.pop(owner, [])

    def share(self, owner: str, changes: Mapping[str, Any], *, but: str) -> None:
        """Tell the owner's other sessions what one of them has changed in the shared dict."""
        for one in self.sessions:
            if one.opening.owner == owner and one.id != but:
                one.tell({**changes, "type": "data"})

    def _on_silence(self, session: LiveSession) -> None:
        """Its process has closed the line: it ends, or has ended."""
        self._forget(session)
        asyncio.get_running_loop().call_later(END_GRACE_S, session.kill)

    def _on_end(self, pid: int, status: int) -> None:
        session = self._by_pid.pop(pid, None)
        if session is None:
            return
        session.ended = True
        if status and not session.end_reason:
            session.end_reason = _words_of(status)
        self._forget(session)

    def _forget(self, session: LiveSession) -> None:
        if self._sessions.pop(session.id, None) is None:
            return
        opening = session.opening
        instance = (opening.owner, opening.app, opening.key)
        if self._instances.get(instance) is session:
            del self._instances[instance]
        session.control.close()
        session.log.close()
        session.path.unlink(missing_ok=True)
        self.ended.append(session)
        logger.info("session of %s for %s ended: %s", opening.app, opening.name, session.end_reason)

    def end(self, session: LiveSession, reason: str) -> None:
        """Ask it to end; END_GRACE_S later it is killed."""
        if session.end_reason:
            return
        session.end_reason = reason
        opening = session.opening
        self._instances.pop((opening.owner, opening.app, opening.key), None)
        session.tell({"type": "end"})
        with suppress(ProcessLookupError):
            os.kill(session.pid, signal.SIGTERM)
        asyncio.get_running_loop().call_later(END_GRACE_S, session.kill)

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
        idle_s = now - max(seen["acted_at"], session.opened_at)
        if opening.interaction_s and seen["busy_since"] and now - seen["busy_since"] > opening.interaction_s:
            self.kill(session, f"an interaction took more than {opening.interaction_s:g} s")
        elif opening.inactivity_s and not seen["busy_since"] and idle_s > opening.inactivity_s:
            self.end(session, f"not used for {opening.inactivity_s:g} s")
        elif not session.is_newest and not seen["tabs"] and idle_s > REPLACED_IDLE_S:
            self.end(session, "replaced by a newer instance")

    async def drain(self) -> None:
        """Start nothing more; end all sessions, and return when none is left."""
        self._is_draining = True
        for session in self.sessions:
            self.end(session, "the app host was stopped")
        deadline = time.monotonic() + END_GRACE_S + 1
        while self._sessions and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        for template in self._templates.values():
            template.end()


def _running(opening: Opening, *, id: str, tabs: int, idle_since: float) -> Running:
    return Running(
        id=id,
        app=opening.app,
        visitor=opening.visitor,
        address=opening.address,
        tabs=tabs,
        idle_since=idle_since,
    )


def _words_of(status: int) -> str:
    if status >= 0:
        return f"the process ended with {status}"
    with suppress(ValueError):
        return f"the process was ended by {signal.Signals(-status).name}"
    return f"the process was ended by signal {-status}"
