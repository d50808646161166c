"""A counter of htag 2, served by its own server: ``python -m bench.session_servers.counter2 PORT``."""

from __future__ import annotations

import sys
from typing import Any

from htag import Tag, WebApp  # type: ignore[attr-defined,unused-ignore]


class App(Tag.App):  # type: ignore[misc,unused-ignore]
    def init(self) -> None:
        self.count = 0
        self.shown = Tag.b("0")
        for number in range(10):
            Tag.p(f"line {number}")
        Tag.button("add", _onclick=self.count_up)

    def count_up(self, event: Any) -> None:
        self.count += 1
        self.shown.text = str(self.count)


if __name__ == "__main__":
    import uvicorn

    uvicorn.run(WebApp(App, debug=False).app, port=int(sys.argv[1]), log_level="warning")
