"""What was answered, so that a page that did not hear it may ask again, and nothing is done twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from .htag1_rules import Interaction

Reply = dict[str, Any]

_KEPT = 512
_WITHOUT_DRAWING = ("post", "next", "err", "n")


class Answers:
    """Of the newest _KEPT interactions, each known by its tab and number."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, Any], asyncio.Future[Reply]] = {}

    async def once(
        self, tab: str, asked: Interaction, do: Callable[[], Awaitable[Reply]]
    ) -> tuple[Reply, bool]:
        """Return the reply, and whether it was given before: then it lacks what the page was to draw."""
        number = asked.number
        if not tab or not isinstance(number, int):
            return await do(), False
        known = self._known.get((tab, number)) if asked.is_again else None
        if known is not None:
            return await asyncio.shield(known), True
        answer = self._known[tab, number] = asyncio.get_running_loop().create_future()
        self._forget_oldest()
        try:
            reply = await do()
        except BaseException:
            answer.cancel()
            del self._known[tab, number]
            raise
        answer.set_result({name: reply[name] for name in _WITHOUT_DRAWING if name in reply})
        return reply, False

    def _forget_oldest(self) -> None:
        for key in list(self._known)[: max(0, len(self._known) - _KEPT)]:
            if self._known[key].done():
                del self._known[key]


class Sequences:
    """The highest number of an encrypted request of each page; pages are numbered as they come."""

    KEPT = 1000

    def __init__(self) -> None:
        self._pages = 0
        self._highest: dict[int, int] = {}

    def new_page(self) -> int:
        """Return the number of a page; the oldest of too many can send no more."""
        self._pages += 1
        self._highest[self._pages] = 0
        self._highest.pop(self._pages - self.KEPT, None)
        return self._pages

    def take(self, page: Any, number: Any) -> bool:
        """Return whether this is new: a request that comes again, or after a later one, is not."""
        if page not in self._highest or not isinstance(number, int) or number <= self._highest[page]:
            return False
        self._highest[page] = number
        return True
