"""What the channels below one first level keep, and who may listen: one entry for each first level."""

from __future__ import annotations

from dataclasses import dataclass

from ..exceptions import AccessDenied, NotRegistered, UnknownNamespace
from ..registry import Entry, Registry


@dataclass(frozen=True, kw_only=True)
class Namespace(Entry):
    """The rules of all channels whose first level is ``name``.

    ``subscribe`` and ``publish`` are access rules for clients (``publish=None``: none may; the site's
    own code always may). ``retain`` keeps the last value for who comes later. ``history_size``
    publications not older than ``history_age_s`` are kept of each channel, for recovery.
    """

    subscribe: str
    publish: str | None = None
    retain: bool = False
    history_size: int = 0
    history_age_s: float = 300.0

    def access_rule(self, verb: str) -> str:
        rule = {"subscribe": self.subscribe, "publish": self.publish}[verb]
        if rule is None:
            raise AccessDenied(f"No client may {verb} to {self}; only the site's own code does.")
        return rule

    def __str__(self) -> str:
        return f"channels {self.name}/…"


namespaces: Registry[Namespace] = Registry("namespace of channels")


def namespace_of(channel: str) -> Namespace:
    """Return the namespace of a channel or filter. Raises UnknownNamespace; a leading wildcard has none."""
    first = channel.partition("/")[0]
    try:
        return namespaces.get(first)
    except NotRegistered as error:
        raise UnknownNamespace(
            f"No namespace is registered for the channel {channel!r}; register one named {first!r}."
        ) from error
