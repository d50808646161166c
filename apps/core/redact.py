"""Hide values whose name says that they are secret, and put them back where a person left them hidden."""

from __future__ import annotations

import json
import re
from typing import Any

from .exceptions import BadArguments

HIDDEN = "\N{BULLET}" * 3
_ANYWHERE = re.compile(
    r"passw|passphrase|secret|token|authori[sz]ation|credential|(api|access|private|ssh|pass|master|signing)key",
    re.IGNORECASE,
)
_AS_A_WORD = frozenset(
    ("key", "keys", "pass", "pw", "pwd", "otp", "jwt", "bearer", "cvv", "auth", "cookie", "cookies")
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_NAME = re.compile(r'"((?:[^"\\]|\\.)*)"\s*:')
_MORE = "\N{HORIZONTAL ELLIPSIS}"


def looks_secret(name: str) -> bool:
    """Whether a value of this name is not for every reader: ``api_key``, ``accessToken``, ``db-password``."""
    if _ANYWHERE.search(name):
        return True
    return not _AS_A_WORD.isdisjoint(word.lower() for word in _WORD.findall(name))


def redact(value: Any) -> Any:
    """Return the JSON with HIDDEN for what stands under a name that looks secret, however deep."""
    if isinstance(value, dict):
        return {name: HIDDEN if looks_secret(name) else redact(held) for name, held in value.items()}
    return [redact(item) for item in value] if isinstance(value, list) else value


def glimpse(json_head: str | None, *, length: int) -> str:
    """Return the beginning of a JSON text of which more than ``length`` characters mean: there is more.

    What is cut cannot be read as JSON, so nothing is shown of it if anything in it looks secret.
    """
    if json_head is None or json_head == "null":
        return ""
    if len(json_head) <= length:
        return json.dumps(redact(json.loads(json_head)), ensure_ascii=False)
    head = json_head[: length - 1]
    return _MORE if any(map(looks_secret, _NAME.findall(json_head))) else head + _MORE


def restore(edited: Any, before: Any) -> Any:
    """Return what a person made of ``redact(before)``, with the old value where they left HIDDEN.

    Raises BadArguments where it is not certain which value that was.
    """
    if isinstance(edited, dict):
        known = before if isinstance(before, dict) else {}
        return {name: _restored(name, value, known) for name, value in edited.items()}
    if isinstance(edited, list):
        known_items = before if isinstance(before, list) else []
        return [_restored_item(item, known_items) for item in edited]
    return edited


def _restored(name: str, value: Any, before: dict[str, Any]) -> Any:
    if not (looks_secret(name) and value == HIDDEN):
        return restore(value, before.get(name))
    if name not in before:
        raise BadArguments(f"{name} had no value that {HIDDEN} could stand for; write it out.")
    return before[name]


def _restored_item(item: Any, before: list[Any]) -> Any:
    """Items have no name to be known by: one that hides something is the one that looks the same."""
    if not _hides(item):
        return item
    same = [old for old in before if redact(old) == item]
    if not same or any(old != same[0] for old in same):
        raise BadArguments(f"Which value {HIDDEN} stands for is not certain in a list; write it out.")
    return same[0]


def _hides(value: Any) -> bool:
    if isinstance(value, dict):
        return any((looks_secret(name) and held == HIDDEN) or _hides(held) for name, held in value.items())
    return isinstance(value, list) and any(map(_hides, value))
