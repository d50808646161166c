"""Apps of htag 1 that only a browser can use."""

# ruff: noqa: B015 - "<=" is how htag adds
from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

from htag import Tag

AnyTag: Any = Tag

# htagui and htbulma may lie elsewhere than in the environment.
sys.path.extend(filter(None, [os.environ.get("TEST_HTAG_PACKAGES")]))


class Page(AnyTag.body):  # type: ignore[misc]
    """All that a page can be asked to do, the body itself included."""

    def init(self) -> None:
        self.draw()

    def draw(self) -> None:
        self.clear()
        self.shown = AnyTag.b(self.state.get("number", 0), _class="shown")
        self.taken = AnyTag.i("-", _class="taken")
        self <= self.shown
        self <= self.taken
        self <= AnyTag.button("+1", _onclick=self.bind.add_one(), _class="add")
        self <= AnyTag.button("all", _onclick=self.bind.draw(), _class="all")
        self <= AnyTag.button("take", _onclick=self.bind.take(b"'x'.repeat(300_000)"), _class="take")
        self <= AnyTag.button("stream", _onclick=self.bind.stream(), _class="stream")
        self <= AnyTag.button("slow", _onclick=self.bind.slow(), _class="slow")
        self <= AnyTag.script("window.error = (text) => { window.heard = text }")

    def add_one(self) -> None:
        self.state["number"] = self.state.get("number", 0) + 1
        self.shown.clear(self.state["number"])

    def take(self, text: str) -> None:
        self.taken.clear(str(len(text)))

    async def stream(self) -> Any:
        for step in range(3):
            await asyncio.sleep(0.01)
            yield f"<u>step{step};</u>"

    async def slow(self) -> None:
        await asyncio.sleep(0.4)
        self.add_one()


class Dying(AnyTag.body):  # type: ignore[misc]
    """Ends shortly after it has been shown, again and again."""

    def init(self) -> None:
        self <= "still here"
        asyncio.get_running_loop().call_later(0.4, os._exit, 1)


class Uploads(AnyTag.body):  # type: ignore[misc]
    """The widgets that people upload files with."""

    def init(self) -> None:
        import htagui.basics as ui  # type: ignore[import-not-found,import-untyped,unused-ignore]
        from htbulma import FileUpload  # type: ignore[import-not-found,import-untyped,unused-ignore]

        self.shown = AnyTag.b("-", _class="shown")
        self <= self.shown
        self <= ui.FileUpload(self.take, _class="htagui")
        self <= FileUpload(self.take, _class="htbulma")

    def take(self, name: str, content: bytes) -> None:
        self.shown.clear(f"{name}: {len(content)} {sum(content) % 65521}")


class Tabs(AnyTag.body):  # type: ignore[misc]
    """Widgets that draw themselves by scripts of their own."""

    def init(self) -> None:
        import htagui.basics as ui  # type: ignore[import-not-found,import-untyped,unused-ignore]

        self <= ui.Tabs(AnyTag.p("one", name="First"), AnyTag.p("two", name="Second"))
