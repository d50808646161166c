"""What the pages of channels and connections show."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec
from django.utils.translation import gettext as _

from ..access import Actor
from ..channels.access import require_channel_access
from ..channels.bus.base import get_bus
from ..channels.namespace_rows import namespace_rows
from ..channels.namespaces import VERBS, Namespace, namespace_of, namespaces
from ..channels.publications import Publication
from ..channels.topics import matches
from ..durations import EMPTY, duration_text
from ..exceptions import SmallwebError
from ..redact import redact
from .shown_json import shortened

MAX_CHANNELS = 200


class ChannelRow(NamedTuple):
    """Where a channel stands, and what it keeps."""

    name: str
    epoch: str
    offset: int
    retained: Publication | None


class Tail(NamedTuple):
    """The filters that a person may listen to, and why not to the others."""

    filters: list[str]
    refused: list[str]


def read_channels(filter_: str) -> tuple[list[ChannelRow], bool]:
    """Return the filter's first MAX_CHANNELS channels, and whether there are more. Raises BusUnavailable."""
    bus = get_bus()
    names = sorted(bus.channels(filter_, limit=MAX_CHANNELS + 1))
    rows = []
    for name in names[:MAX_CHANNELS]:
        found = bus.recover(name)
        rows.append(ChannelRow(name, found.position.epoch, found.position.offset, found.retained))
    return rows, len(names) > MAX_CHANNELS


def kept_value(row: ChannelRow) -> Any:
    """Return the retained value as it may be shown: under a name that looks secret it is not."""
    if row.retained is None:
        return None
    name = row.name.rpartition("/")[2]
    return redact({name: msgspec.json.decode(bytes(row.retained.data))})[name]


def kept_text(row: ChannelRow) -> str:
    return EMPTY if row.retained is None else shortened(json.dumps(kept_value(row), ensure_ascii=False))


def tail_of(filter_: str, user: Any) -> Tail:
    """Return what to subscribe to for a filter: a wildcard at its beginning stands for each namespace."""
    allowed, refused = [], []
    for each in _wanted(filter_):
        try:
            require_channel_access(Actor(user), namespace_of(each), "subscribe", each)
        except SmallwebError as error:
            refused.append(str(error))
        else:
            allowed.append(each)
    return Tail(allowed, refused)


def _wanted(filter_: str) -> list[str]:
    first, _slash, rest = filter_.partition("/")
    if first not in ("+", "#"):
        return [filter_]
    below = "#" if first == "#" else rest
    return [f"{space.name}/{below}" if below else space.name for space in _known()]


def _known() -> list[Namespace]:
    namespace_rows.ensure_fresh()
    return sorted(namespaces.in_force(), key=lambda space: space.name)


def rules_of_namespaces() -> list[list[object]]:
    """Return the rules of each namespace, ready for a table."""
    return [
        [
            space.name,
            *(space.rule(verb) or EMPTY for verb in VERBS),
            _kept_words(space),
            space.origin or _("admin"),
        ]
        for space in _known()
    ]


def _kept_words(space: Namespace) -> str:
    words = [_("the last value")] if space.retain else []
    if space.history_size:
        size = {"count": space.history_size, "age": duration_text(space.history_age_s)}
        words.append(_("%(count)d for %(age)s") % size)
    if space.latest:
        words.append(_("only the newest is sent"))
    if space.personal or space.channel_rules is not None:
        words.append(_("each channel has its own rule"))
    return ", ".join(words) or EMPTY


def count_subscribers(names: Iterable[str], connections: Iterable[dict[str, Any]]) -> dict[str, int]:
    """Return how many connections have a filter that matches each channel."""
    heard = [list(one["subscriptions"]) for one in connections]
    return {name: sum(any(matches(each, name) for each in filters) for filters in heard) for name in names}
