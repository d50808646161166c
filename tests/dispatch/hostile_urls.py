"""Paths that try to reach what no URL may: made from those that lead somewhere, and attacks on peers."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from urllib.parse import quote

from tests.core.hostile_names import HOSTILE_NAMES

# What reached code in a server that imports by URL.
KNOWN_ATTACKS = [
    "../../../evil/pwn/X/run?a=1", "%2e%2e/%2e%2e/%2e%2e/evil/pwn/X/run?a=1", "os/getcwd/format_map",
    "getpass/getuser/format_map", "platform/platform/format_map", "os/abort/x", "sys/exit/x",
    "os/getcwd/__class__?%3Cscript%3Ealert(1)%3C/script%3E=1", "pdf?pdf=../config.py",
    "pdf?pdf=../../../../../../etc/passwd", "console", "status/not-a-task", "builtins/eval/__call__",
    "subprocess/Popen/wait", "django/conf/settings/SECRET_KEY", "controllers/fasthelloworld",
    "tests/host/controllers/fasthelloworld/fastHelloClass/fastHelloWorld",
]  # fmt: skip
_INNER = [
    "__init__", "__class__", "__dict__", "__call__", "__globals__", "__init_subclass__", "__doc__", "mro",
    "_request", "_progress", "_secret", "hidden", "request", "user", "session", "params", "path", "progress",
    "start", "render", "stream_template", "file", "redirect", "smallweb_dispatch_options", "index", "self",
    "",
]  # fmt: skip
_STEPS = [
    "..",
    ".",
    "...",
    "%2e%2e",
    "%252e%252e",
    "..;",
    "\\..",
    "%5c..",
    "\uff0e\uff0e",
    "\u2024\u2024",
    "%c0%ae",
    "~",
]
_ENDS = [
    "/", "//", ".", ".py", ".pyc", "%00", "%00.py", "%0a", "%20", "%09", ";x=1", "%3b", "/.", "/..", "%2f",
    "\u200b", "\u0301", "()", "[]", "::$DATA", "%", "%zz", "/index/index",
]  # fmt: skip

Mutation = Callable[[random.Random, str], str]


def hostile_paths(known: list[str], *, count: int, seed: int) -> Iterator[str]:
    """Yield ``count`` paths as they stand in a request line after its first slash, query included."""
    chance = random.Random(seed)
    yield from KNOWN_ATTACKS
    yield from (quote(name, safe="/%", errors="surrogateescape") for name in HOSTILE_NAMES)
    for _ in range(count - len(KNOWN_ATTACKS) - len(HOSTILE_NAMES)):
        path = chance.choice(known)
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            path = chance.choice(_MUTATIONS)(chance, path)
        yield quote(path, safe="/%?=&;:~()[]$.,\\")


def _with_step(chance: random.Random, path: str) -> str:
    parts = path.split("/")
    parts.insert(chance.randrange(len(parts) + 1), chance.choice(_STEPS))
    return "/".join(parts)


def _with_inner(chance: random.Random, path: str) -> str:
    parts = path.split("/")
    parts[-chance.choice((1, 1, 2)) :] = [chance.choice(_INNER)]
    return "/".join(parts)


def _deeper(chance: random.Random, path: str) -> str:
    return f"{path}/{chance.choice(_INNER)}"


def _with_end(chance: random.Random, path: str) -> str:
    return path + chance.choice(_ENDS)


def _other_case(chance: random.Random, path: str) -> str:
    return chance.choice((str.upper, str.lower, str.swapcase, str.title))(path)


def _encoded_letter(chance: random.Random, path: str) -> str:
    """One letter as its percent code once or twice: the first is the same path, the second is not."""
    at = chance.randrange(len(path)) if path else 0
    code = "".join(f"%{byte:02x}" for byte in path[at : at + 1].encode())
    return path[:at] + chance.choice((code, code.replace("%", "%25"))) + path[at + 1 :]


def _cut(chance: random.Random, path: str) -> str:
    return path[: chance.randrange(len(path) + 1)]


def _shuffled(chance: random.Random, path: str) -> str:
    parts = path.split("/")
    chance.shuffle(parts)
    return "/".join(parts)


def _wide(chance: random.Random, path: str) -> str:
    """Letters that look the same, or become the same when they are normalised."""
    at = chance.randrange(len(path)) if path else 0
    other = "".join(
        chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in path[at : at + 1]
    )
    return path[:at] + other + path[at + 1 :]


def _long(chance: random.Random, path: str) -> str:
    return path + chance.choice(("x" * 3000, "/a" * 1000, "/.." * 500, "%41" * 900))


def _with_letter(chance: random.Random, path: str) -> str:
    at = chance.randrange(len(path) + 1)
    return path[:at] + chr(chance.choice((chance.randrange(128), chance.randrange(0x2FFF)))) + path[at:]


_MUTATIONS: list[Mutation] = [
    _with_step, _with_inner, _deeper, _with_end, _other_case, _encoded_letter, _cut, _shuffled, _wide, _long,
    _with_letter,
]  # fmt: skip
