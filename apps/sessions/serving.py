"""What pages and sockets of apps share."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from django.urls import ResolverMatch

from ..core.access import LOGIN, Actor, may
from ..core.socket.pool import in_pool
from .conf import sessions_settings
from .exceptions import SessionGone
from .program.wire import Message
from .registry import HostedApp
from .services.host_link import ask_host
from .services.keep_data import keep_data
from .services.open_session import Session, find_session, init_of, open_session
from .services.sync_apps import rows
from .services.visitor import Visitor

logger = logging.getLogger(__name__)

MOUNTED = "smallweb_mounted_app"
"""The attribute of a view that serves an app: a function from the URL's arguments to the app, or its name."""


async def registered_app(name: str) -> HostedApp | None:
    """Return the app as its row says; None for one that is not there, or switched off."""
    found = rows.value if rows.is_fresh(now=time.monotonic()) else await rows.refresh()
    return found.get(name)


async def mounted_app(match: ResolverMatch) -> HostedApp | None:
    """Return the app whose view has this address; None where it has none."""
    found: HostedApp | str | None = getattr(match.func, MOUNTED)(match.kwargs)
    return await registered_app(found) if isinstance(found, str) else found


async def access_fault(user: Any, app: HostedApp) -> str | None:
    """Return ``login`` for who must log in first, ``denied`` for who may not use the app, else None."""
    rule = app.access or sessions_settings().access
    actor = Actor(user)
    is_cheap = rule == LOGIN or not user.is_authenticated
    if may(actor, rule) if is_cheap else await in_pool(lambda: may(actor, rule)):
        return None
    return "denied" if user.is_authenticated else "login"


async def opened_for(app: HostedApp, visitor: Visitor, *, query: str) -> Session:
    """Return the visitor's session. Raises AppNotReady, NoRoom, NoHost."""
    return await open_session(app, visitor, init=init_of(query))


async def known_session(id: str, visitor: Visitor, user: Any) -> Session:
    """Return a session that this visitor has opened, and may still use. Raises SessionGone, NoHost."""
    session = await find_session(id, visitor.owner)
    if ":" in session.app:  # of a view, which has asked who may
        return session
    app = await registered_app(session.app)
    if app is None or await access_fault(user, app) is not None:
        raise SessionGone("You may not use this app any more.")
    return session


def answer_limit_s(session: Session) -> float:
    """Return for how long a session may say nothing at all; 0 is for ever."""
    return session.interaction_s + sessions_settings().answer_s if session.interaction_s else 0.0


def keep_and_share(session: Session, visitor: Visitor) -> Callable[[Message], Awaitable[None]]:
    """Return what does with changes of the shared dict what must be done."""

    async def keep(message: Message) -> None:
        changes = {"set": message["set"], "del": message["del"]}
        try:
            await in_pool(lambda: keep_data(visitor.session_key, changes, loaded=visitor.loaded))
            await ask_host("share", owner=visitor.owner, changes=changes, but=session.id)
        except Exception:  # the app's answer is not lost with it
            logger.exception("session=%s what it changed could not be kept", session.id[:8])

    return keep
