"""Apps of htag 1 that the tests' site hosts. It must import nothing that an app's interpreter may lack."""

# ruff: noqa: B015 - "<=" is how htag adds
from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from htag import Tag, expose

AnyTag: Any = Tag


class Counter(AnyTag.div):  # type: ignore[misc]
    """A number, and a button that counts on."""

    def init(self) -> None:
        self.number = 0
        self.shown = AnyTag.b(0, _class="shown")
        self <= self.shown
        self <= AnyTag.button("+1", _onclick=self.bind.add_one(), _class="add")

    def add_one(self) -> None:
        self.number += 1
        self.shown.set(self.number)

    def secret(self) -> None:
        """Never offered to a page."""
        self.shown.set("secret")

    @expose  # type: ignore[untyped-decorator]
    def offered(self, number: int) -> None:
        self.number = number
        self.shown.set(number)


class Arguments(AnyTag.div):  # type: ignore[misc]
    """What its ``init`` was given, and which process it is."""

    def init(self, *args: Any, **kargs: Any) -> None:
        self <= AnyTag.pre(repr((args, dict(sorted(kargs.items())), os.getpid())))


class NoArguments(AnyTag.div):  # type: ignore[misc]
    def init(self) -> None:
        self <= AnyTag.pre("without")


class Streamer(AnyTag.div):  # type: ignore[misc]
    """Generators: each step is shown at once."""

    def init(self) -> None:
        self <= AnyTag.button("stream", _onclick=self.bind.stream(), _class="stream")
        self <= AnyTag.button("astream", _onclick=self.bind.astream(), _class="astream")

    def stream(self) -> Iterator[str]:
        for step in range(3):
            yield f"step{step};"

    async def astream(self) -> AsyncIterator[str]:
        for step in range(3):
            await asyncio.sleep(0.01)
            yield f"astep{step};"


class Pusher(AnyTag.div):  # type: ignore[misc]
    """Pushes numbers on its own, once it is told to."""

    def init(self) -> None:
        self.shown = AnyTag.b(0, _class="shown")
        self.pushing: Any = None
        self <= self.shown
        self <= AnyTag.button("push", _onclick=self.bind.push(3), _class="push")
        self <= AnyTag.button("flood", _onclick=self.bind.flood(), _class="flood")
        self <= AnyTag.button("forever", _onclick=self.bind.push(10**9), _class="forever")

    def push(self, count: int) -> None:
        self.pushing = asyncio.ensure_future(self._push(count))

    async def _push(self, count: int) -> None:
        for number in range(1, count + 1):
            await asyncio.sleep(0.02)
            self.shown.set(number)
            await self.shown.update()

    def flood(self) -> None:
        self.pushing = asyncio.ensure_future(self._flood())

    async def _flood(self) -> None:
        """Far more than a browser that does not read is given."""
        for number in range(70):
            self.shown.set(f"{number}:" + "x" * 500_000)
            await self.shown.update()
            await asyncio.sleep(0.03)
        self.shown.set("flooded")
        await self.shown.update()


class Stuck(AnyTag.div):  # type: ignore[misc]
    """Ways never to answer. ``?wait`` hangs in ``init``."""

    def init(self, how: str = "") -> None:
        if how == "wait":
            time.sleep(3600)
        self <= AnyTag.button("loop", _onclick=self.bind.loop(), _class="loop")
        self <= AnyTag.button("hang", _onclick=self.bind.hang(), _class="hang")
        self <= AnyTag.button("deaf", _onclick=self.bind.deaf(), _class="deaf")

    def loop(self) -> None:
        while True:
            pass

    async def hang(self) -> None:
        await asyncio.Event().wait()

    def deaf(self) -> None:
        """Answer, then hear nothing any more."""
        asyncio.get_running_loop().call_later(0.1, time.sleep, 3600)


class Faulty(AnyTag.div):  # type: ignore[misc]
    """Ways to fail. ``?<text>`` fails in ``init``."""

    def init(self, text: str = "") -> None:
        if text:
            raise RuntimeError(f"broken <b>{text}</b>")
        self <= AnyTag.button("fail", _onclick=self.bind.fail(), _class="fail")
        self <= AnyTag.button("task", _onclick=self.bind.fail_later(), _class="task")
        self <= AnyTag.button("die", _onclick=self.bind.die(), _class="die")
        self <= AnyTag.button("quit", _onclick=self.bind.quit(), _class="quit")
        self <= AnyTag.button("talk", _onclick=self.bind.talk(), _class="talk")

    def fail(self) -> None:
        raise ValueError("hidden words")

    def fail_later(self) -> None:
        asyncio.ensure_future(self._fail())  # noqa: RUF006

    async def _fail(self) -> None:
        raise ValueError("words of a task")

    def die(self) -> None:
        os._exit(7)

    def quit(self) -> None:
        self.exit()

    def talk(self) -> None:
        print("said aloud")
        print("said as an error", file=sys.stderr)


class Shared(AnyTag.div):  # type: ignore[misc]
    """Does as it is told with the dict that all apps of a visitor share."""

    def init(self) -> None:
        self.shown = AnyTag.pre("", _class="shown")
        self <= self.shown
        for name in ("put", "drop", "append", "look", "count", "odd", "own_state"):
            self <= AnyTag.button(name, _onclick=getattr(self.bind, name)(b"this.value"), _class=name)

    def put(self, key: str, value: Any) -> None:
        self.session[key] = value

    def drop(self, key: str) -> None:
        del self.session[key]

    def append(self, key: str, value: Any) -> None:
        self.session[key]["deep"]["list"].append(value)

    def look(self) -> None:
        self.shown.set(repr(dict(sorted(self.session.items()))))

    def count(self, key: str) -> None:
        self.shown.set(len(self.session[key]))

    def odd(self) -> None:
        self.session["odd"] = {1, 2}

    def own_state(self, value: Any) -> None:
        self.state["kept"] = value


class Other(Shared):
    """Another app of the same visitor."""


class Hog(AnyTag.div):  # type: ignore[misc]
    """Takes of the machine what it can."""

    def init(self) -> None:
        self.shown = AnyTag.b("", _class="shown")
        self.kept: list[Any] = []
        self <= self.shown
        for name in ("memory", "cpu", "file", "files", "threads"):
            self <= AnyTag.button(name, _onclick=getattr(self.bind, name)(), _class=name)

    def memory(self) -> None:
        self.kept.append(bytearray(300 * 2**20))

    def cpu(self) -> None:
        end = time.process_time() + 10
        while time.process_time() < end:
            pass

    def file(self) -> None:
        with Path(os.environ["TEST_FOLDER"], "large").open("wb") as file:
            for _ in range(8):
                file.write(bytes(2**20))

    def files(self) -> None:
        self.kept.extend(open(os.devnull) for _ in range(500))  # noqa: SIM115

    def threads(self) -> None:
        done: list[int] = []
        threads = [threading.Thread(target=done.append, args=(number,)) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.shown.set(len(done))
