"""What the channels below one first level keep, and who may do what: one entry for each first level.

The code registers namespaces; operators change them, and add some of their own, in rows
(``namespace_rows``). ``find`` gives what counts: the code's entry under the row's edits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ..exceptions import AccessDenied, UnknownNamespace
from ..registry import Entry, Registry

VERBS = ("subscribe", "publish", "presence", "history")
"""What clients do on channels; a namespace has a rule for each."""


class ChannelRules(Protocol):
    """Rules of single channels, for a namespace in which they differ. To be asked often: no database."""

    def rule(self, channel: str) -> str | None:
        """Return the rule before listening to this channel; None when no client may."""
        ...

    def rules(self, filter_: str) -> set[str]:
        """Return every rule that may stand before a channel of the filter."""
        ...


@dataclass(frozen=True, kw_only=True)
class Namespace(Entry):
    """The rules of all channels whose first level is ``name``.

    ``subscribe``, ``publish``, ``presence`` and ``history`` are access rules for clients; with an empty
    one or None no client may. The site's own code always may publish. ``retain`` keeps the last value
    for who comes later. ``history_size`` publications not older than ``history_age_s`` are kept of each
    channel, for recovery. ``latest``: a reader who falls behind gets the newest value instead of a word
    about those it missed. ``personal``: the second level is the primary key of the one user who may use
    the channel, whatever the rules allow others. ``channel_rules`` stand before listening to a single
    channel, beside ``subscribe``.
    """

    subscribe: str | None
    publish: str | None = None
    presence: str | None = None
    history: str | None = None
    retain: bool = False
    history_size: int = 0
    history_age_s: float = 300.0
    latest: bool = False
    personal: bool = False
    channel_rules: ChannelRules | None = None

    def rule(self, verb: str) -> str | None:
        """Return the access rule before the verb, None when no client may."""
        rule: str | None = getattr(self, verb) if verb in VERBS else None
        return rule or None

    def access_rule(self, verb: str) -> str:
        rule = self.rule(verb)
        if rule is None:
            raise AccessDenied(f"No client may {verb} to {self}; only the site's own code does.")
        return rule

    def narrowed(self, filter_: str, user_id: object) -> str | None:
        """Return what of the channel or filter this user may be concerned with, None for nothing.

        Of a personal namespace that is the user's own part: ``user/+/news`` becomes ``user/5/news``.
        """
        if not self.personal:
            return filter_
        first, *rest = filter_.split("/")
        if user_id is None or not rest:
            return None
        own = str(user_id)
        if rest == ["#"]:
            return f"{first}/{own}/#"
        return "/".join([first, own, *rest[1:]]) if rest[0] in ("+", own) else None

    def __str__(self) -> str:
        return f"channels {self.name}/…"


Row = Mapping[str, Any]
"""The fields of a ChannelNamespace."""

_EDITABLE = (*VERBS, "retain", "history_size", "history_age_s", "latest")


class Namespaces(Registry[Namespace]):
    """The namespaces of the code, and what counts of them. ``version`` grows with every change."""

    def __init__(self) -> None:
        super().__init__("namespace of channels")
        self.version = 0
        self._rows: tuple[Row, ...] = ()
        self._effective: dict[str, Namespace] = {}

    def register(self, entry: Namespace) -> Namespace:
        super().register(entry)
        self._settle()
        return entry

    @contextmanager
    def temporarily(self, *entries: Namespace) -> Iterator[None]:
        try:
            with super().temporarily(*entries):
                yield
        finally:
            self._settle()

    def find(self, name: str) -> Namespace | None:
        """Return the namespace that counts, None when there is none."""
        return self._effective.get(name)

    def in_force(self) -> list[Namespace]:
        """Return all namespaces that count."""
        return list(self._effective.values())

    def take_rows(self, rows: tuple[Row, ...]) -> None:
        """Put these rows over the code's entries, in place of those given before."""
        if rows != self._rows:
            self._rows = rows
            self._settle()

    def _settle(self) -> None:
        effective = dict(self._entries)
        for row in self._rows:
            entry = self._entries.get(row["name"])
            # A row whose code is gone is kept for its return; until then there is no such namespace.
            if entry is not None or not (row["in_code"] or row["code_defaults"]):
                effective[row["name"]] = _edited(entry, row)
        self._effective = effective
        self.version += 1


def _edited(entry: Namespace | None, row: Row) -> Namespace:
    base = entry or Namespace(name=row["name"], origin="admin", subscribe=None)
    values = {name: row[name] for name in _EDITABLE}
    values |= {verb: (row[verb] or None) if row["enabled"] else None for verb in VERBS}
    return replace(base, **values)


namespaces = Namespaces()


def namespace_of(channel: str) -> Namespace:
    """Return the namespace of a channel or filter. Raises UnknownNamespace; a leading wildcard has none."""
    first = channel.partition("/")[0]
    namespace = namespaces.find(first)
    if namespace is None:
        raise UnknownNamespace(
            f"No namespace is registered for the channel {channel!r}; register one named {first!r}."
        )
    return namespace
