"""SHA-256 of what has come so far, kept in memory from one request of an upload to its next."""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import _Hash

MAX_KEPT = 1000


class Digests:
    """For each upload the hash of its first bytes, and how many they are; the oldest are forgotten."""

    def __init__(self) -> None:
        self._kept: OrderedDict[uuid.UUID, tuple[int, _Hash]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, upload: uuid.UUID, size_bytes: int) -> _Hash | None:
        """Return a copy of the hash of so many first bytes; None where it is not known."""
        if not size_bytes:
            return hashlib.sha256()
        with self._lock:
            size, known = self._kept.get(upload, (0, None))
        return known.copy() if known is not None and size == size_bytes else None

    def keep(self, upload: uuid.UUID, size_bytes: int, digest: _Hash) -> None:
        with self._lock:
            self._kept[upload] = (size_bytes, digest)
            self._kept.move_to_end(upload)
            if len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)

    def forget(self, upload: uuid.UUID) -> None:
        with self._lock:
            self._kept.pop(upload, None)


digests = Digests()


def sha256_of(upload: uuid.UUID, path: Path) -> str:
    """Return the SHA-256 of the upload's whole file in hex, from memory where it is known."""
    known = digests.of(upload, path.stat().st_size)
    if known is not None:
        return known.hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
