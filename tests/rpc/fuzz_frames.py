"""Frames that nobody would send, for ``test_fuzz.py``; by hand, under atheris:

``python3 bootstrap.py python -m tests.rpc.fuzz_frames -atheris_runs=1000000``
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from msgspec import UNSET

from smallweb.core.socket.connection import Connection
from smallweb.core.socket.protocol import CloseCode, Fault, parse
from smallweb.rpc import Caller, expose, serve, tracked

CHANNELS = (
    "open/a",
    "kept/a",
    "kept/#",
    "+/+",
    "#",
    "$SYS/#",
    "talk/a",
    "members/a",
    "user/1/x",
    "objects/#",
)
JUNK = (
    "null", "true", "NaN", "-Infinity", "1e999", "-0", "0", "1e308", "9" * 30, "9" * 5_000, '""', '"\\ud800"',
    '"\\u0000"', '"__class__"', '"sample.a"', "[]", "{}", "[[]]", "[" * 600 + "]" * 600,
    '{"a":1,"a":2}', '{"__proto__":1}', '{"epoch":"","offset":-1}', '"' + "x" * 300 + '"', '"rpc.get"', "2.5",
    '{"epoch":"e","offset":18446744073709551616}', '["a","b","c","d","e","f"]', '"\\uff3f\\uff3fclass"', "-1",
)  # fmt: skip


class Point(msgspec.Struct, array_like=True):
    x: int
    y: int


class Order(msgspec.Struct, forbid_unknown_fields=True):
    item: str
    count: Annotated[int, msgspec.Meta(ge=1, le=9)] = 1
    at: Point | None = None


class Sample:
    """Parameters of all kinds, and ways to answer of all kinds."""

    a: int = 1
    volume: int = tracked(5)  # type: ignore[assignment]

    @property
    @expose
    def size(self) -> int:
        return 3

    @expose(inline=True)
    def add(self, a: int, b: float = 1) -> float:
        return a + b

    @expose(inline=True)
    def order(self, order: Order, *points: Point, note: str = "", **more: Order) -> str:
        return f"{order.count}{len(points)}{note}{len(more)}"

    @expose(inline=True)
    def path(self, *steps: Point) -> int:
        return len(steps)

    @expose(inline=True)
    def anything(self, value: Any) -> Any:
        return value

    @expose
    async def wait(self, caller: Caller, turns: int = 1) -> str:
        for _ in range(min(turns, 5)):
            await asyncio.sleep(0)
        return str(caller.user)

    @expose
    async def count(self, to: int) -> AsyncIterator[int]:
        for number in range(to):
            yield number

    @expose
    def spell(self, text: str) -> Iterator[str]:
        yield from text


def serve_sample() -> None:
    serve(sample=Sample(), access="public", attrs={"a": "rwd"})


METHODS: tuple[tuple[str, Any], ...] = (
    ("sample.add", [1, 2]), ("sample.add", {"a": 1, "b": 0.5}), ("sample.anything", [{"x": [1, "ä"]}]),
    ("sample.order", {"order": {"item": "x", "count": 2, "at": [1, 2]}, "note": "n", "z": {"item": "q"}}),
    ("sample.order", [{"item": "x"}, [1, 2], [3, 4]]), ("sample.path", [[1, 2]]), ("sample.wait", [2]),
    ("sample.wait", {"turns": 1}), ("sample.count", [5]), ("sample.spell", ["abc"]),
    ("rpc.call", {"path": "sample.add", "args": [1], "kwargs": {"b": 2}, "timeout_s": 5}),
    ("rpc.call", {"path": "sample.count", "args": [3], "stream": True, "start_within_s": 1}),
    ("rpc.get", ["sample.a"]), ("rpc.get", ["sample.size"]), ("rpc.get", ["sample.volume"]),
    ("rpc.set", ["sample.a", 5]), ("rpc.set", {"path": "sample.volume", "value": 6}),
    ("rpc.delete", ["sample.a"]), ("rpc.describe", []), ("rpc.describe", {"path": "sample"}),
    ("rpc.discover", []), ("rpc.cancel", [3]), ("$/cancelRequest", {"id": 4}), ("rpc.ping", []),
    ("rpc.auth", {"token": "sw_x"}),
    ("rpc.subscribe", {"channel": "kept/a", "since": {"epoch": "", "offset": 0}}),
    ("rpc.subscribe", {"channel": "kept/#", "since": {"kept/a": {"epoch": "e", "offset": 1}}}),
    ("rpc.subscribe", {"channel": "kept/#", "presence": True}),
    ("rpc.subscribe", ["open/a"]), ("rpc.subscribe", {"channel": "room/a", "presence": True}),
    ("rpc.unsubscribe", ["kept/a"]), ("rpc.publish", {"channel": "talk/a", "data": {"x": 1}}),
    ("rpc.history", {"channel": "talk/a", "limit": 5, "since": {"epoch": "", "offset": 0}}),
    ("rpc.channels", {"filter": "#"}), ("rpc.presence", ["room/a"]), ("rpc.nothing", []),
)  # fmt: skip


def frames(chance: random.Random) -> Iterator[str]:
    """Yield mutated messages without end; nine in ten hold one request, the others a batch."""
    number = 0
    while True:
        number += 1
        if chance.random() < 0.9:
            yield mutated(request(chance, number), chance)
        else:
            batch = [request(chance, number + more) for more in range(chance.randint(0, 5))]
            yield mutated(f"[{','.join(batch)}]", chance)


def request(chance: random.Random, number: int) -> str:
    method, params = chance.choice(METHODS)
    if chance.random() < 0.1 and isinstance(params, dict) and "channel" in params:
        params = {**params, "channel": chance.choice(CHANNELS)}
    wanted = {"jsonrpc": "2.0", "method": method, "params": params, "id": number}
    if chance.random() < 0.1:
        del wanted[chance.choice(list(wanted))]
    return json.dumps(wanted, ensure_ascii=chance.random() < 0.5)


def mutated(text: str, chance: random.Random) -> str:
    """Return the text with up to three changes: of characters, of pieces, of whole values."""
    for _ in range(chance.choice((0, 1, 1, 2, 3))):
        text = chance.choice(_CHANGES)(text, chance)
    return text


def _of_a_value(text: str, chance: random.Random) -> str:
    places = [place for place, character in enumerate(text) if character in ":,[{"]
    if not places:
        return chance.choice(JUNK)
    start = chance.choice(places) + 1
    end = min((found for sign in ",]}" if (found := text.find(sign, start)) >= 0), default=len(text))
    return text[:start] + chance.choice(JUNK) + text[end:]


def _of_a_character(text: str, chance: random.Random) -> str:
    place = chance.randrange(len(text) + 1)
    return (
        text[:place] + chance.choice('"{}[],:\\ \x00\ud800😀e-9ä$.#+/') + text[place + chance.randint(0, 1) :]
    )


def _of_a_piece(text: str, chance: random.Random) -> str:
    start, end = sorted((chance.randrange(len(text) + 1), chance.randrange(len(text) + 1)))
    return text[:start] + text[start:end] * chance.choice((0, 0, 2)) + text[end:]


_CHANGES = (_of_a_value, _of_a_value, _of_a_value, _of_a_character, _of_a_piece)


@dataclass
class Seen:
    """What came out of a connection, and what must be true of it."""

    frames: int = 0
    answers: int = 0
    sockets: int = 0
    closed: Counter[int] = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        self.closed = Counter()


class Fuzzed:
    """One connection after the other, fed through ``receive``."""

    def __init__(self, scope: dict[str, Any] | None = None) -> None:
        self.seen = Seen()
        self._scope = {"headers": [], **(scope or {})}
        self._asked: Counter[str] = Counter()
        self._answered: Counter[str] = Counter()
        self._texts: list[str] = []
        self._close_code: int | None = None
        self._connection = self._open()

    async def take(self, text: str) -> None:
        """Feed one message; look at the answers once the connection rests. Raises AssertionError."""
        self._asked.update(ids_of(text))
        self._texts.append(text)
        self._connection.receive(text)
        self.seen.frames += 1
        if self._connection.is_closed or self.seen.frames % 50 == 0:
            await self.rest()

    async def rest(self) -> None:
        """Wait for all answers, and compare."""
        async with asyncio.timeout(60):
            while self._is_busy():  # noqa: ASYNC110 - several conditions, not one event
                await asyncio.sleep(0.001)
        if self._connection.is_closed:
            assert self._close_code in set(CloseCode), self._close_code
            self.seen.closed[self._close_code or 0] += 1
            self._connection.end()
            self._connection = self._open()
        else:
            more, less = self._answered - self._asked, self._asked - self._answered
            assert not more + less, (more, less, self._texts)
        self._asked.clear()
        self._texts.clear()
        self._answered.clear()

    def _is_busy(self) -> bool:
        connection = self._connection
        return bool(connection.calls or connection.outbox.waiting or connection._tasks)

    async def end(self) -> None:
        await self.rest()
        self._connection.end()

    def _open(self) -> Connection:
        self.seen.sockets += 1
        self._close_code = None
        connection = Connection(dict(self._scope), self._send)
        connection.open()
        return connection

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.close":
            self._close_code = message["code"]
            return
        told = msgspec.json.decode(message["text"])
        for one in told if isinstance(told, list) else [told]:
            assert one["jsonrpc"] == "2.0"
            if "method" not in one:
                assert ("error" in one) != ("result" in one)
                self.seen.answers += 1
                self._answered[_key(one["id"])] += 1


def ids_of(text: str) -> list[str]:
    """Return what must be answered, by the specification: each id, ``null`` for what is no request."""
    entries = parse(text.encode("utf-8", "surrogatepass")).entries
    ids = [None if isinstance(entry, Fault) else entry.id for entry in entries]
    return [_key(one) for one in ids if one is not UNSET]


def _key(request_id: Any) -> str:
    return json.dumps(request_id)


def main() -> None:
    """Let atheris make the frames: bytes that it changes, and what it makes of our own."""
    import atheris
    import django

    django.setup()
    from smallweb.core.channels import namespaces
    from tests.core.buses import NAMESPACES

    for namespace in NAMESPACES:
        namespaces.register(namespace)
    serve_sample()
    loop = asyncio.new_event_loop()
    fuzzed: list[Fuzzed] = []

    async def one(data: bytes) -> None:
        if not fuzzed:
            fuzzed.append(Fuzzed())
        text = data[1:].decode("utf-8", "replace")
        if data[:1] < b"\x80":
            text = mutated(request(random.Random(data), data[0] if data else 0), random.Random(data))
        await fuzzed[0].take(text)

    atheris.Setup(sys.argv, lambda data: loop.run_until_complete(one(data)))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
