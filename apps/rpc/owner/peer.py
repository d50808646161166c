"""A caller of some web process, as the owner sees it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from django.contrib.auth import get_user_model

from ...core.access import Actor
from ...core.socket.calls import Call
from ...core.socket.peer import Peer
from ...core.socket.pool import in_pool
from ...core.socket.rights import MAX_AGE_S, Rights
from .messages import Item, Told, ToWeb

WINDOW = 16
"""How many items of a stream may be on their way to the client."""

_MOST_USERS = 1_000


class ForwardedRights(Rights):
    """All rights: the web process has asked for them. The user is loaded for functions that want to know."""

    def __init__(self, user: str | None) -> None:
        super().__init__({})
        self._user = user
        self._loaded_at = float("-inf")

    def allows(self, rule: str) -> bool:
        return True

    def verdict(self, rule: str, *, now: float) -> bool | None:
        return True if self._user is None or now - self._loaded_at < MAX_AGE_S else None

    async def refresh(self, *more_rules: str) -> bool:
        asked_at = time.monotonic()
        user = await in_pool(self._load)
        if user is None or not user.is_active:
            return False
        self.actor = Actor(user)
        self._loaded_at = asked_at
        return True

    def _load(self) -> Any:
        assert self._user is not None
        return get_user_model()._default_manager.filter(pk=self._user).first()


class RightsOfUsers:
    """One ForwardedRights for each user, so that a user is loaded once a second at most."""

    def __init__(self) -> None:
        self._known: dict[str | None, ForwardedRights] = {}

    def of(self, user: str | None) -> ForwardedRights:
        if len(self._known) > _MOST_USERS:
            self._known.clear()
        return self._known.setdefault(user, ForwardedRights(user))


class OwnerPeer(Peer):
    """Serves one call. ``caller`` names who made it: the line, and the web process's name for its peer."""

    can_stream = True
    is_relayed = True

    def __init__(
        self,
        key: int,
        caller: tuple[int, int],
        rights: Rights,
        *,
        write: Callable[[ToWeb], None],
        ended: Callable[[int], None],
    ) -> None:
        super().__init__(rights)
        self.caller = caller
        self._key = key
        self._write = write
        self._ended = ended
        self._window = asyncio.Semaphore(WINDOW)

    def tell(self, text: str) -> None:
        self._write(Told(self._key, text))

    async def stream(self, text: str) -> None:
        await self._window.acquire()
        if self.is_closed:
            self._window.release()  # for the next one that waits
            raise ConnectionError("Nobody waits for the items any more.")
        self._write(Item(self._key, text))

    def item_taken(self) -> None:
        self._window.release()

    def forget(self, call: Call) -> None:
        super().forget(call)
        self.is_closed = True
        self._window.release()
        self._ended(self._key)
