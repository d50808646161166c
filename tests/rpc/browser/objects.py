"""What the tests' server serves."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from smallweb.rpc import Caller, expose, serve, tracked

ended: list[str] = []


class Inner:
    @expose
    def hello(self) -> str:
        return "hello"


class Sample:
    a: Any = tracked(1, mode="rwd")
    b: Any = tracked("test")
    c: Any = tracked([2, 3])
    d: Any = tracked({"e": 5})
    plain: int = 1

    def __init__(self) -> None:
        self.inner = Inner()

    @expose
    def test_sum(self, a: int, b: int = 0) -> int:
        return a + b

    @expose
    def count(self, to: int) -> Iterator[int]:
        try:
            yield from range(to)
        finally:
            ended.append("count")

    @expose
    async def slow(self, caller: Caller) -> None:
        caller.progress(0.5)
        try:
            await asyncio.sleep(3600)
        finally:
            ended.append("slow")

    @expose
    async def log(self) -> list[str]:
        return ended


def add(a: int, b: int) -> int:
    return a + b


def serve_all() -> None:
    attrs = {"plain": "rwd", "inner": "object"}
    serve(sample=Sample(), access="public", attrs=attrs)
    serve("add", access="public")(add)
