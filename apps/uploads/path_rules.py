"""Rules for paths in upload folders: globs whose ``*`` ends at a slash.

``*`` and ``?`` stand for characters of one part of a path, ``[abc]``, ``[a-z]`` and ``[!a]`` for one of
them, ``**`` as a whole part for any number of parts, ``{user}`` for the name of the user who uploads.
Everything else stands for itself. ASCII letters are the same in upper and lower case, except in the name
of a user.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .exceptions import BadRule
from .names import MAX_PATH

MAX_RULE = 200
_DEEP = "**"
_USER = "{user}"
_TOKEN = re.compile(r"\*+|\?|\{user\}|\[(?P<negated>!?)(?P<members>\]?[^\]]*)\]|.", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class PathRule:
    """``text`` is as a person wrote it."""

    text: str
    parts: tuple[str, ...]

    def allows(self, path: str, *, user: str | None = None) -> bool:
        """Whether the path, as ``folder_path`` gives it, is one that the rule means; ``user`` is a name."""
        names = path.split("/")
        return _is_plain(path, names) and _all_fit(self.parts, names, user or "")


def first_match(rules: Iterable[str], path: str, *, user: str | None) -> str | None:
    """Return the first rule that allows the path; ``user`` is the name, None for a visitor.

    Raises BadRule.
    """
    return next((rule for rule in rules if parse_rule(rule).allows(path, user=user)), None)


def parse_rule(text: Any) -> PathRule:
    """Read a rule. Raises BadRule."""
    if not isinstance(text, str) or not 0 < len(text) <= MAX_RULE:
        raise BadRule(f"The rule {text!r:.80} must be a text of 1 to {MAX_RULE} characters, like '*.png'.")
    return _parsed(text)


@lru_cache(maxsize=1024)
def _parsed(text: str) -> PathRule:
    if "\\" in text or _CONTROL.search(text):
        raise BadRule(f"The rule {text!r} has a backslash or control character; parts are parted by '/'.")
    if text.startswith("/"):
        raise BadRule(f"The rule {text!r} begins with '/'; paths begin in the folder: {text.lstrip('/')!r}.")
    parts = unicodedata.normalize("NFC", text).split("/")
    wrong = [part for part in parts if part in ("", ".", "..")]
    if wrong:
        raise BadRule(f"The rule {text!r} has a part {wrong[0]!r}, which no path has; leave it out.")
    for part in parts:
        _compiled(part, "")
    if parts[-1] == _DEEP:
        parts.append("*")  # what is in the folder, not the folder itself
    return PathRule(text, tuple(parts))


def _is_plain(path: str, names: Sequence[str]) -> bool:
    no_names = {"", ".", ".."}.intersection(names)
    return not (len(path) > MAX_PATH or no_names or "\\" in path or _CONTROL.search(path))


def _all_fit(parts: Sequence[str], names: Sequence[str], user: str) -> bool:
    """Whether the parts of a rule fit the names, in at most ``len(parts) * len(names)`` steps.

    Only the last ``**`` seen can have to take more names: an earlier one that did would only leave fewer.
    """
    at = place = after_deep = kept = 0
    while place < len(names):
        if at < len(parts) and parts[at] == _DEEP:
            at += 1
            after_deep, kept = at, place
        elif at < len(parts) and _fits(parts[at], names[place], user):
            at, place = at + 1, place + 1
        elif after_deep:
            kept += 1
            at, place = after_deep, kept
        else:
            return False
    return all(part == _DEEP for part in parts[at:])


def _fits(part: str, name: str, user: str) -> bool:
    if _USER in part and not user:
        return False
    return _compiled(part, user if _USER in part else "").fullmatch(name) is not None


@lru_cache(maxsize=4096)
def _compiled(part: str, user: str) -> re.Pattern[str]:
    """Each text between two stars is looked for once: atomic groups keep the work at the product of both
    lengths, whatever the pattern.
    """
    name = unicodedata.normalize("NFC", user)
    chunks = [""]
    for token in _TOKEN.finditer(part):
        if token[0].startswith("*"):
            chunks.append("")
        else:
            chunks[-1] += _as_regex(token, name)
    first, *rest = chunks
    middle = "".join(f"(?>.*?{chunk})" for chunk in rest[:-1])
    last = f".*{rest[-1]}" if rest else ""
    return re.compile(first + middle + last, re.IGNORECASE | re.ASCII | re.DOTALL)


def _as_regex(token: re.Match[str], user: str) -> str:
    if token[0] == "?":
        return "."
    if token[0] == _USER:
        return f"(?-i:{re.escape(user)})"
    if token["members"]:
        return _class(token[0], token["members"], is_negated=bool(token["negated"]))
    return re.escape(token[0])


def _class(written: str, members: str, *, is_negated: bool) -> str:
    """Return the class with each character of it escaped: none means more than itself, but for ranges."""
    made, at = "", 0
    while at < len(members):
        first, end = members[at], members[at + 2 : at + 3]
        is_range = members[at + 1 : at + 2] == "-" and bool(end)
        if is_range and first > end:
            raise BadRule(f"The class {written!r} has a range that ends before it begins; turn it round.")
        made += re.escape(first) + (f"-{re.escape(end)}" if is_range else "")
        at += 3 if is_range else 1
    return f"[{'^' if is_negated else ''}{made}]"
