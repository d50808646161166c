"""The dict of a visitor's apps, for a route of Starlette's: Django's session is behind both."""

from __future__ import annotations

import logging
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser

from ...core.socket.pool import in_pool
from ..exceptions import NoHost
from ..program.shared_dict import Changes, SharedDict
from ..services.host_link import ask_running_host
from ..services.keep_data import keep_data
from ..services.visitor import owner_of

logger = logging.getLogger(__name__)


class VisitorDict:
    """``data`` is what the session holds; what a route changes in it is kept when its answer begins.

    ``key`` is None for who has no session; ``is_new`` says that the browser does not know its key yet.
    """

    def __init__(self, key: str | None, data: dict[str, Any]) -> None:
        self.key = key
        self.is_new = False
        self.data = SharedDict(data, lambda fault: logger.warning("%s", fault))

    @classmethod
    async def of(cls, scope: Any) -> VisitorDict:
        """Return that of who asks."""
        key = _cookie(scope)
        if not key:
            return cls(None, {})
        store = await in_pool(lambda: _loaded(key))
        data = {name: value for name, value in store.items() if not name.startswith("_")}
        return cls(store.session_key, data)

    async def keep(self) -> None:
        """Keep what has changed, and tell the visitor's processes of it."""
        changes = self.data.take_changes()
        if changes is not None:
            await in_pool(lambda: self._keep(changes))

    def _keep(self, changes: Changes) -> None:
        if self.key is None:
            store = _store(None)
            store.create()
            self.key, self.is_new = str(store.session_key), True
        key = self.key
        keep_data(key, changes)
        try:
            ask_running_host("share", owner=owner_of(key, AnonymousUser()), changes=changes, but="")
        except NoHost as error:
            logger.warning("processes were not told of what a route changed: %s", error)

    async def hand_over(self, scope: Any) -> Any:
        """Return the scope for Django, which has to find the same session."""
        await self.keep()
        if not self.is_new:
            return scope
        cookie = f"{settings.SESSION_COOKIE_NAME}={self.key}".encode()
        return {**scope, "headers": [*scope["headers"], (b"cookie", cookie)]}

    def sending(self, send: Any) -> Any:
        """Return a ``send`` that keeps what has changed before the answer begins."""

        async def keep_and_send(message: Any) -> None:
            if message["type"] == "http.response.start":
                await self.keep()
                if self.is_new:
                    message = {**message, "headers": [*message.get("headers", ()), self._cookie_header()]}
            await send(message)

        return keep_and_send

    def _cookie_header(self) -> tuple[bytes, bytes]:
        cookie: SimpleCookie = SimpleCookie({settings.SESSION_COOKIE_NAME: self.key or ""})
        morsel = cookie[settings.SESSION_COOKIE_NAME]
        age = str(settings.SESSION_COOKIE_AGE)
        morsel.update({"path": "/", "httponly": "true", "samesite": "Lax", "max-age": age})
        return b"set-cookie", morsel.OutputString().encode()


def _cookie(scope: Any) -> str:
    text = "; ".join(value.decode("latin-1") for name, value in scope["headers"] if name.lower() == b"cookie")
    cookies: SimpleCookie = SimpleCookie()
    try:
        cookies.load(text)
    except CookieError:
        return ""
    morsel = cookies.get(settings.SESSION_COOKIE_NAME)
    return morsel.value if morsel is not None else ""


def _store(key: str | None) -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore(key)


def _loaded(key: str) -> Any:
    store = _store(key)
    store.get("", None)  # a key that no session has is none
    return store
