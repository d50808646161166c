"""What exists in code: the only way from a text to something that can be called."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from .exceptions import AlreadyRegistered, NotRegistered


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One registered thing; ``origin`` says where in the code, e.g. ``mysite.backend.temperature``."""

    name: str
    origin: str = ""


E = TypeVar("E", bound=Entry)


class Registry(Generic[E]):
    """The entries of one kind by name, in the order of their registration."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._entries: dict[str, E] = {}

    def register(self, entry: E) -> E:
        """Add the entry. Raises AlreadyRegistered when other code holds its name."""
        held = self._entries.get(entry.name)
        if held is not None:
            raise AlreadyRegistered(
                f"Two places register the {self.kind} {entry.name!r}: {held.origin} and {entry.origin}; "
                "give one of them another name."
            )
        self._entries[entry.name] = entry
        return entry

    def get(self, name: str) -> E:
        """Return the entry of this name. Raises NotRegistered."""
        try:
            return self._entries[name]
        except KeyError:
            raise NotRegistered(f"No {self.kind} is registered as {name!r}.{self._advice(name)}") from None

    def find(self, name: str) -> E | None:
        """Return the entry of this name, None if there is none: for names that strangers send."""
        return self._entries.get(name)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[E]:
        return iter(tuple(self._entries.values()))

    def __len__(self) -> int:
        return len(self._entries)

    @contextmanager
    def temporarily(self, *entries: E) -> Iterator[None]:
        """Hold these entries, and whatever is registered meanwhile, only inside the ``with`` block."""
        before = dict(self._entries)
        try:
            for entry in entries:
                self.register(entry)
            yield
        finally:
            self._entries = before

    def _advice(self, name: str) -> str:
        nearest = difflib.get_close_matches(name, self._entries, n=1)
        if nearest:
            return f" Did you mean {nearest[0]!r}?"
        return " Register it in the backend.py of an installed app."
