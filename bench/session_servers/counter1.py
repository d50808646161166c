"""A counter of htag 1."""

from __future__ import annotations

from typing import Any

from htag import Tag


class App(Tag.div):  # type: ignore[misc,unused-ignore]
    def init(self) -> None:
        self.count = 0
        self.shown = Tag.b("0")
        self.add(self.shown)
        for number in range(10):
            self.add(Tag.p(f"line {number}"))
        self.add(Tag.button("add", _onclick=self.bind.count_up()))

    def count_up(self) -> Any:
        self.count += 1
        self.shown.clear(str(self.count))
