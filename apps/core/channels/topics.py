"""Topic names and filters after MQTT 5, section 4.7: levels by ``/``, ``+`` for one, ``#`` for the rest."""

from __future__ import annotations

import unicodedata
from typing import Generic, TypeVar

from ..exceptions import BadTopic

MAX_LENGTH = 250
MAX_LEVELS = 16

T = TypeVar("T")


def require_topic(topic: str) -> str:
    """Return the name of one concrete channel. Raises BadTopic."""
    _require_plain(topic)
    if is_filter(topic):
        raise BadTopic(f"{topic!r} is a filter; one channel was wanted: leave out '+' and '#'.")
    return topic


def require_filter(filter_: str) -> str:
    """Return a filter, or a channel's name, which is a filter for itself. Raises BadTopic."""
    _require_plain(filter_)
    levels = filter_.split("/")
    for number, level in enumerate(levels, 1):
        if level == "#" and number < len(levels):
            raise BadTopic(f"{filter_!r} has levels after '#'; '#' must come last.")
        if level not in ("+", "#") and is_filter(level):
            raise BadTopic(f"{filter_!r} mixes '+' or '#' with text; a wildcard must fill its level.")
    return filter_


def is_filter(text: str) -> bool:
    """Whether the text has wildcards."""
    return "+" in text or "#" in text


def literal_prefix(filter_: str) -> str:
    """Return what every channel of this filter begins with, e.g. ``pages/`` for ``pages/+/temp``.

    ``a/#`` gives ``a``, for it matches ``a`` too.
    """
    cut = min((place for place in (filter_.find("+"), filter_.find("#")) if place >= 0), default=len(filter_))
    return filter_[: cut - 1] if filter_[cut:] == "#" and cut else filter_[:cut]


def matches(filter_: str, topic: str) -> bool:
    """Whether the topic is one of the filter's; ``$`` topics are none of a leading wildcard's."""
    wanted, given = filter_.split("/"), topic.split("/")
    if topic.startswith("$") and wanted[0] in ("+", "#"):
        return False
    for place, level in enumerate(wanted):
        if level == "#":
            return True
        if place >= len(given) or level not in ("+", given[place]):
            return False
    return len(wanted) == len(given)


class FilterTrie(Generic[T]):
    """Items by filter; finds those of all filters that match a topic without looking at the others."""

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()

    def add(self, filter_: str, item: T) -> None:
        node = self._root
        for level in filter_.split("/"):
            node = node.children.setdefault(level, _Node())
        node.items.add(item)

    def remove(self, filter_: str, item: T) -> bool:
        """Take the item away, and the branches that hold nothing any more; False when it was not there."""
        path = [self._root]
        levels = filter_.split("/")
        for level in levels:
            if level not in path[-1].children:
                return False
            path.append(path[-1].children[level])
        if item not in path[-1].items:
            return False
        path[-1].items.remove(item)
        for level, parent in zip(reversed(levels), reversed(path[:-1]), strict=True):
            if not parent.children[level].is_empty():
                break
            del parent.children[level]
        return True

    def matching(self, topic: str) -> set[T]:
        """Return the items of all filters that match the topic."""
        found: set[T] = set()
        levels = topic.split("/")
        nodes = [self._root]
        for depth, level in enumerate(levels):
            nodes = self._descend(nodes, level, found, wild=depth > 0 or not topic.startswith("$"))
        for node in nodes:
            found |= node.items
            if "#" in node.children:
                found |= node.children["#"].items
        return found

    @staticmethod
    def _descend(nodes: list[_Node[T]], level: str, found: set[T], *, wild: bool) -> list[_Node[T]]:
        below = []
        for node in nodes:
            if wild and "#" in node.children:
                found |= node.children["#"].items
            for name in (level, "+") if wild else (level,):
                if name in node.children:
                    below.append(node.children[name])
        return below

    def items(self) -> list[T]:
        """Return all items; one that stands under several filters comes several times."""
        found: list[T] = []
        nodes = [self._root]
        while nodes:
            node = nodes.pop()
            found += node.items
            nodes += node.children.values()
        return found


class _Node(Generic[T]):
    __slots__ = ("children", "items")

    def __init__(self) -> None:
        self.children: dict[str, _Node[T]] = {}
        self.items: set[T] = set()

    def is_empty(self) -> bool:
        return not self.children and not self.items


def _require_plain(text: str) -> None:
    if not 0 < len(text) <= MAX_LENGTH:
        raise BadTopic(f"A channel's name has {len(text)} characters; it must have 1 to {MAX_LENGTH}.")
    if text.count("/") >= MAX_LEVELS:
        raise BadTopic(f"{text!r} has {text.count('/') + 1} levels; it may have {MAX_LEVELS}.")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise BadTopic(f"{text!r} has control characters; leave them out.")
