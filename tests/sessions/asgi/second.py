"""An app of htag 2."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any

from htag import Tag  # type: ignore[attr-defined,unused-ignore]


class App(Tag.App):  # type: ignore[misc,unused-ignore]
    """Counts, streams, pushes, and shows who looks at it."""

    def init(self) -> None:
        self.count = 0
        self.shown = Tag.b("0", _id="count")
        self.steps = Tag.i("", _id="steps")
        session = self.request_session()
        session["seen"] = session.get("seen", 0) + 1
        Tag.button("add", _id="add", _onclick=self.count_up)
        Tag.button("stream", _id="stream", _onclick=self.stream)
        Tag.button("push", _id="push", _onclick=self.push)
        Tag.em(str(os.getpid()), _id="pid")
        Tag.u(f"{self.user_name()} {session['seen']}", _id="who")

    def request(self) -> Any:
        from htag.context import current_request  # type: ignore[import-not-found,unused-ignore]

        return current_request.get()

    def request_session(self) -> Any:
        return self.request().session

    def user_name(self) -> str:
        return str(self.request().user.display_name)

    def count_up(self, event: Any) -> None:
        self.count += 1
        self.shown.text = str(self.count)
        self.request_session()["count"] = self.count

    async def stream(self, event: Any) -> AsyncIterator[None]:
        for _ in range(3):
            self.steps.text = f"{self.steps.text}*"
            yield

    def push(self, event: Any) -> None:
        async def later() -> None:
            await asyncio.sleep(0.1)
            self.shown.text = "pushed"
            self.update()

        asyncio.get_running_loop().create_task(later())
