"""Consumers of every kind; the environment says which of them there are."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from smallweb.uploads import consumer, handler, queue
from smallweb.uploads.queues import Queue

WANTED = os.environ.get("SMALLWEB_TEST_CONSUMERS", "").split()
SEEN = Path(os.environ.get("SMALLWEB_DATA", "")) / "seen"
HOLD_S = float(os.environ.get("SMALLWEB_TEST_HOLD_S", "0"))

greetings = queue("greetings")


@handler("hello", access="public", args=(greetings,))
def hello(text: dict[str, Any], data: list[Any], q: Queue) -> dict[str, str]:
    q.put(text["name"])
    return {"status": "OK"}


def greet(q: Queue, greeting: str) -> None:
    while True:
        name = q.get()
        print(greeting + ", " + name)


def count(q: Queue) -> None:
    for number in q:
        note(f"begun {number}")
        time.sleep(HOLD_S)
        note(f"done {number}")


async def count_async(q: Queue) -> None:
    async for number in q:
        note(f"done {number}")


def stumble(q: Queue) -> None:
    for word in q:
        note(f"begun {word}")
        if word == "stone":
            raise ValueError("a stone lies there")
        note(f"done {word}")


def note(text: str) -> None:
    with SEEN.open("a") as file:
        file.write(f"{os.getpid()} {text}\n")


KINDS: dict[str, dict[str, Any]] = {
    "greetings": {"function": greet, "args": ("Hello",)},
    "numbers": {"function": count},
    "pairs": {"function": count, "processes": 2},
    "later": {"function": count_async},
    "words": {"function": stumble, "max_attempts": 2},
}
for _name in WANTED:
    _options = dict(KINDS[_name])
    consumer(_name, **{key: value for key, value in _options.items() if key != "function"})(
        _options["function"]
    )
