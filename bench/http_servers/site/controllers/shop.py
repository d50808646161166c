"""The methods that are called."""

from __future__ import annotations

from typing import Any

from smallweb.dispatch import Controller, safe, task


class Open(Controller, access="public"):
    @safe
    async def hello(self) -> str:
        return "hello world"

    @safe
    def hello_sync(self) -> str:
        return "hello world"

    async def echo(self, params: Any) -> Any:
        return params["data"]

    @safe
    async def add(self, a: int, b: int = 0) -> int:
        return a + b

    @task
    def trivial(self, number: int) -> int:
        return number
