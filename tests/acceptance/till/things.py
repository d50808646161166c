"""A till that browsers use, and that operators look into."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

from smallweb.rpc import Caller, PublicError, expose, tracked


class Currency(Enum):
    EURO = "EUR"
    DOLLAR = "USD"


@dataclass
class Article:
    name: str
    price: float
    count: int = 1


class Drawer:
    """Where the coins are."""

    is_open: bool = False
    """Whether the drawer stands open."""

    @expose(access="staff")
    def open(self, seconds: float = 2.5) -> bool:
        """Open the drawer for a while."""
        return seconds > 0


class Till:
    """A till in a shop.

    It adds up what is bought.
    """

    total: float = 0.0
    """What was paid today."""

    volume: int = tracked(5)  # type: ignore[assignment]
    api_key: str = tracked("k-1")  # type: ignore[assignment]
    opening: dict[str, str] = tracked({"mo": "9-17"})  # type: ignore[assignment]

    def __init__(self) -> None:
        self.drawer = Drawer()

    @expose
    def add(self, a: int, b: int = 10) -> int:
        """Add two numbers."""
        return a + b

    @expose
    def buy(
        self,
        article: Article,
        currency: Currency = Currency.EURO,
        how: Literal["cash", "card"] = "cash",
        note: str | None = None,
        is_gift: bool = False,
        *more: Article,
        card_token: str = "",
        **labels: str,
    ) -> dict[str, Any]:
        """Buy an article, and say how it is paid.

        The answer has the sum.
        """
        if article.price < 0:
            raise PublicError("Nobody pays less than nothing.", code="too_cheap")
        bought = [article, *more]
        total = sum(each.price * each.count for each in bought)
        told = {"currency": currency, "how": how, "note": note, "is_gift": is_gift, "labels": labels}
        return {"total": total, **told}

    @expose
    def count_up(self, pause_s: float = 0.0) -> Iterator[int]:
        """Count for ever."""
        number = 0
        while True:
            yield number
            number += 1
            time.sleep(pause_s)

    @expose
    async def who(self, caller: Caller) -> str:
        return str(caller.user)

    @expose(access="group:cashiers")
    def close(self) -> str:
        return "closed"

    @expose
    def fail(self) -> None:
        raise ValueError("a secret of the server")
