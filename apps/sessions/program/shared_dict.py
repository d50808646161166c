"""The dict that all apps of a visitor share: the part of it that this process has, and what changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

Changes = dict[str, Any]  # {"set": {key: value}, "del": [key]}


class SharedDict(dict[str, Any]):
    """A dict of JSON values that finds what was changed in it, however deep.

    ``on_fault(text)`` hears of values that JSON cannot say; they stay in this process.
    """

    def __init__(self, data: Mapping[str, Any], on_fault: Callable[[str], None]) -> None:
        super().__init__(data)
        self._on_fault = on_fault
        self._faults: set[str] = set()
        self._known = {key: _text(value) for key, value in self.items()}

    def take_changes(self) -> Changes | None:
        """Return what has changed since the last time; None for nothing."""
        if not self and not self._known:
            return None
        changed: dict[str, Any] = {}
        for key, value in list(self.items()):
            try:
                text = _text(value)
                if not isinstance(key, str):
                    raise TypeError(f"the key {key!r:.80} is no str")
            except (TypeError, ValueError) as error:
                self._refuse(key, error)
                continue
            if self._known.get(key) != text:
                self._known[key] = text
                changed[key] = json.loads(text)
        gone = [key for key in self._known if key not in self]
        for key in gone:
            del self._known[key]
        return {"set": changed, "del": gone} if changed or gone else None

    def _refuse(self, key: Any, error: Exception) -> None:
        if str(key) not in self._faults:
            self._faults.add(str(key))
            self._on_fault(f"session[{key!r:.80}] is not kept, for JSON cannot say it: {error}")

    def apply(self, changes: Mapping[str, Any]) -> None:
        """Take over what another process has changed."""
        for key, value in changes.get("set", {}).items():
            self[key] = value
            self._known[key] = _text(value)
        for key in changes.get("del", ()):
            self.pop(key, None)
            self._known.pop(key, None)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
