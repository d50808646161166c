"""An app of htag 1."""

from __future__ import annotations

from htag import Tag


class App(Tag.div):  # type: ignore[misc,unused-ignore]
    def init(self) -> None:
        self.add("hello")
