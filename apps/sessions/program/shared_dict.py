"""The dict that all apps of a visitor share: the part of it that this process has, and what changed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Changes = dict[str, Any]  # {"set": {key: value}, "del": [key]}

_SETTLED_S = 5.0
"""How much older than a change of ours what another process has read may be."""


class SharedDict(dict[str, Any]):
    """A dict of JSON values that finds what was changed in it, however deep.

    ``on_fault(text)`` hears of values that JSON cannot say; they stay in this process.
    """

    def __init__(self, data: Mapping[str, Any], on_fault: Callable[[str], None]) -> None:
        super().__init__(data)
        self._on_fault = on_fault
        self._faults: set[str] = set()
        self._changed_at: dict[str, float] = {}
        self._known = {key: _text(value) for key, value in self.items()}

    def take_changes(self) -> Changes | None:
        """Return what has changed since the last time; None for nothing."""
        changed = {}
        for key, text in self._texts():
            if self._known.get(key) != text:
                self._known[key] = text
                changed[key] = json.loads(text)
        gone = [key for key in self._known if key not in self]
        for key in gone:
            del self._known[key]
        self._changed_at.update(dict.fromkeys((*changed, *gone), time.monotonic()))
        return {"set": changed, "del": gone} if changed or gone else None

    def _texts(self) -> Iterator[tuple[str, str]]:
        """Yield what can be kept: a key that begins with ``_`` is the site's own."""
        for key, value in list(self.items()):
            try:
                _require_key(key)
                text = _text(value)
            except (TypeError, ValueError, RecursionError) as error:
                self._refuse(key, error)
            else:
                yield key, text

    def _refuse(self, key: Any, error: Exception) -> None:
        if repr(key) not in self._faults:
            self._faults.add(repr(key))
            self._on_fault(f"session[{key!r:.80}] is not kept: {error}")

    def apply(self, changes: Mapping[str, Any]) -> None:
        """Take over what another process has changed; what is the same already stays the very object."""
        for key, value in changes.get("set", {}).items():
            text = _text(value)
            if self._known.get(key) != text:
                self[key] = value
                self._known[key] = text
        for key in changes.get("del", ()):
            self.pop(key, None)
            self._known.pop(key, None)

    def renew(self, data: Mapping[str, Any], *, read_at: float) -> None:
        """Take over all that was kept, as it was read at this moment of ``time.monotonic()``: what was
        changed here shortly before may not have been kept yet, and stays.
        """
        own = {key for key, moment in self._changed_at.items() if moment > read_at - _SETTLED_S}
        gone = [key for key in self._known if key not in data and key not in own]
        self.apply({"set": {key: value for key, value in data.items() if key not in own}, "del": gone})


def _require_key(key: Any) -> None:
    if not isinstance(key, str):
        raise TypeError("a key must be a str")
    if key.startswith("_"):
        raise ValueError("keys that begin with _ are the site's own")


def _text(value: Any) -> str:
    return json.dumps(value)
