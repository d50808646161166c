"""The sessions of this machine, as people see and end them. Where no host runs, there are none."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote_plus, urlencode

import msgspec

from ..exceptions import SessionGone
from .host_link import ask_running_host

SHORT = 12
"""So much of an id is shown: enough to tell one from another, and no key to a session."""


class SeenSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session as the host describes it. ``visitor`` is ``user:<key>`` or ``visitor:<key of the login>``;
    ``name`` and ``address`` are empty where there is none. ``idle_s`` has been since it was last used,
    ``busy_s`` since the interaction began that runs now, 0 for none. ``ended_at`` is 0 for one that runs.
    """

    id: str
    app: str
    visitor: str
    name: str
    address: str
    kind: str
    pid: int
    started_at: float
    ended_at: float
    idle_s: float
    busy_s: float
    interactions: int
    tabs: int
    cpu_s: float
    memory_bytes: int
    last_error: str
    is_newest: bool
    end_reason: str
    init: tuple[list[str], dict[str, str | None]] | None = None

    @property
    def short_id(self) -> str:
        return self.id[:SHORT]

    @property
    def who(self) -> str:
        """Return a name for people: the user's, or the visitor's address."""
        return self.name or self.address or "a visitor"

    @property
    def is_ending(self) -> bool:
        return bool(self.end_reason or self.ended_at)

    @property
    def query(self) -> str:
        """Return the query string that it began with, in the form that leads to it again."""
        args, kwargs = self.init or ([], {})
        given = urlencode({name: value or "" for name, value in kwargs.items()})
        return "&".join([*map(quote_plus, args), *([given] if given else [])])


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """``has_host``: whether a host runs at all. ``ended``: the newest first."""

    has_host: bool
    sessions: list[SeenSession] = []
    ended: list[SeenSession] = []


def list_sessions(*, ended: bool = False, measured: bool = True, **chosen: Any) -> Listed:
    """Return what runs, the oldest first, and, if ``ended``, what has ended of late.

    ``chosen``: ``ids``, ``begins``, ``app``, ``visitor``, ``owner``; all of them hold. Not ``measured``,
    memory and processor time are left at 0, which is quicker. Raises NoHost.
    """
    answer = ask_running_host("list", ended=ended, measured=measured, **chosen)
    if answer is None:
        return Listed(has_host=False)
    return Listed(
        has_host=True,
        sessions=sorted(_seen(answer["sessions"]), key=lambda one: one.started_at),
        ended=sorted(_seen(answer["ended"]), key=lambda one: -one.ended_at),
    )


def find_one(begins: str) -> SeenSession:
    """Return the one session, running or ended, whose id begins so. Raises SessionGone, NoHost."""
    listed = list_sessions(ended=True, begins=begins)
    found = [*listed.sessions, *listed.ended]
    if not begins or not found:
        raise SessionGone(f"There is no session {begins!r}, and none that begins so.")
    if len(found) > 1:
        raise SessionGone(f"{len(found)} sessions begin with {begins!r}; give more of the id.")
    return found[0]


def end_sessions(*, reason: str, **chosen: Any) -> int:
    """Ask the chosen sessions to end, and return how many that are; who does not is killed 2 s later.

    Raises NoHost.
    """
    answer = ask_running_host("end", reason=reason, **chosen)
    return 0 if answer is None else int(answer["count"])


def tell_sessions(text: str, **chosen: Any) -> int:
    """Have the chosen sessions show a text, and return how many do: those of htag 1 that have a page open.

    Raises NoHost.
    """
    answer = ask_running_host("tell", text=text, **chosen)
    return 0 if answer is None else int(answer["count"])


def log_of(session: SeenSession) -> str:
    """Return the newest of what the session has printed. Raises SessionGone, NoHost."""
    answer = ask_running_host("log", id=session.id)
    if answer is None:
        raise SessionGone("The session has ended, and its log with the app host.")
    return str(answer["text"])


def _seen(described: list[Any]) -> list[SeenSession]:
    return msgspec.convert(described, list[SeenSession])
