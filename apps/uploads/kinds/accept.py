"""Rules for the kinds of files that are let in.

``all`` or ``*/*``; a media type (``image/png``) or a family of them (``image/*``); an extension (``.png``); a
group (``images``). Families leave out what can run in a browser or on a machine, SVG among it, and so do all
groups but ``code`` and ``programs``: a rule must name it. No rules mean ``all``.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..exceptions import BadRule
from .kind import BIN, KINDS, Kind, extension_of, kind_of_name

ALL = "all"
_MEDIA_TYPE = re.compile(r"[ \t]*([\w!#$&^.+-]+/[\w!#$&^.+-]+)[ \t]*(?:;[\x20-\x7e\t]*)?", re.ASCII)


@dataclass(frozen=True)
class AcceptRule:
    """``kinds`` are those that it lets in; with an ``extension``, only under names that have it."""

    text: str
    kinds: frozenset[Kind]
    extension: str = ""

    def lets_in(self, kind: Kind, name: str) -> bool:
        """Whether a file of this kind and name may come."""
        return kind in self.kinds and self.extension in ("", extension_of(name))


def parse_accept(rule: Any) -> AcceptRule:
    """Read a rule. Raises BadRule, with the nearest that there is."""
    if not isinstance(rule, str) or len(rule) > 100:
        raise BadRule(f"The rule {rule!r:.120} must be a text of at most 100 characters, like 'image/png'.")
    return _parsed(rule)


def accepts(rules: Sequence[str], kind: Kind, name: str) -> str | None:
    """Return the first rule that lets in a file that ``decide`` has found to be of this kind, else None.

    Raises BadRule, as the other functions that take rules.
    """
    parsed = map(parse_accept, rules or (ALL,))
    return next((rule.text for rule in parsed if rule.lets_in(kind, name)), None)


def early_fault(rules: Sequence[str], name: str, declared_type: str) -> str | None:
    """Return what is wrong with a file of which nothing has come but what the client says of it; else None.

    What passes here may still be refused for its content. A declared type counts only where the name
    claims no kind: systems declare wrong ones for names that they do not know.
    """
    if declared_type and not _MEDIA_TYPE.fullmatch(declared_type):
        return f"The declared type {declared_type!r:.80} is no media type; send one like image/png, or none."
    named = kind_of_name(name)
    if any(accepts(rules, kind, name) for kind in _possible(name, named, declared_type)):
        return None
    what = f"{name!r:.160} is {named.media_type}" if named else f"{name!r:.160} is of no kind that is taken"
    return f"{what}; taken are {', '.join(rules)}."


def html_accept(rules: Sequence[str]) -> str:
    """Return the value of ``accept`` of a file input; empty where browsers should offer every file."""
    parsed = [parse_accept(rule) for rule in rules or (ALL,)]
    if any(BIN in rule.kinds and not rule.extension for rule in parsed):
        return ""
    return ",".join(dict.fromkeys(word for rule in parsed for word in _words_of_html(rule)))


def _words_of_html(rule: AcceptRule) -> Iterator[str]:
    """Media types and families as they are, and each extension, for not every system knows every type."""
    if rule.extension:
        yield f".{rule.extension}"
        return
    if "/" in rule.text:
        yield rule.text.strip().lower()
    if not rule.text.strip().endswith("/*"):
        yield from (f".{extension}" for kind in KINDS if kind in rule.kinds for extension in kind.extensions)


def _possible(name: str, named: Kind | None, declared_type: str) -> Sequence[Kind]:
    """The kinds that ``decide`` could find for this name, and for this type where it has no extension."""
    if named is not None and named is not BIN:
        return [named]
    if extension_of(name):
        return [BIN, *(kind for kind in KINDS if kind.is_runnable)]
    declared = _MEDIA_TYPE.fullmatch(declared_type)
    said = [kind for kind in KINDS if declared and kind.media_type == declared[1].lower()]
    return said if said and said != [BIN] else KINDS


@lru_cache(maxsize=1024)
def _parsed(rule: str) -> AcceptRule:
    known = _KNOWN.get(rule.strip().lower())
    if known is not None:
        return AcceptRule(rule, *known)
    nearest = difflib.get_close_matches(rule.strip().lower(), _KNOWN, n=1, cutoff=0.5)
    advice = f"the nearest is {nearest[0]!r}" if nearest else "give a media type, an extension or a group"
    raise BadRule(f"No kind of file is known as {rule!r}; {advice} (docs/uploads-types.md lists all).")


def _known_rules() -> dict[str, tuple[frozenset[Kind], str]]:
    made: dict[str, tuple[frozenset[Kind], str]] = {}
    for kind in KINDS:
        families = [] if kind.is_runnable else [f"{kind.media_type.partition('/')[0]}/*"]
        for word in (kind.media_type, kind.group, *families):
            before, _ = made.get(word, (frozenset(), ""))
            made[word] = (before | {kind}, "")
        made.update({f".{extension}": (frozenset((kind,)), extension) for extension in kind.extensions})
    return made | dict.fromkeys((ALL, "*/*"), (frozenset(KINDS), ""))


_KNOWN = _known_rules()
