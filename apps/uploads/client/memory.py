"""Where uploads that were begun go on: a small file for each, in the user's cache folder."""

from __future__ import annotations

import hashlib
import json
import os
import time
from contextlib import suppress
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

_HEAD_BYTES = 64 * 2**10
_KEPT_S = 24 * 3600.0


def cache_folder() -> Path:
    """Return the folder of this user's caches for uploads."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "smallweb/uploads"


def fingerprint(path: Path, *, url: str, text: dict[str, str]) -> str:
    """Return a text that is another for every other file, target or text. Raises OSError."""
    status = path.stat()
    with path.open("rb") as file:
        head = hashlib.sha256(file.read(_HEAD_BYTES)).hexdigest()
    known = [url, str(path.resolve()), status.st_size, status.st_mtime_ns, head, sorted(text.items())]
    return hashlib.sha256(json.dumps(known).encode()).hexdigest()


class Memory:
    """What is kept of one upload; a folder that cannot be written keeps nothing."""

    def __init__(self, key: str, *, folder: Path) -> None:
        self._path = folder / f"{key}.json"

    @property
    def location(self) -> str | None:
        """The address where it goes on; None for one that is not known, or has expired."""
        known = _read(self._path)
        return str(known["location"]) if known.get("until", 0.0) > time.time() else None

    def keep(self, location: str, *, expires: str | None) -> None:
        """Keep it, for this user's eyes: who knows the address of a visitor's upload may go on with it."""
        written = self._path.with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            written.touch(mode=0o600)
            written.write_text(json.dumps({"location": location, "until": _until(expires)}))
            written.replace(self._path)

    def forget(self) -> None:
        with suppress(OSError):
            self._path.unlink(missing_ok=True)


class NoMemory:
    """For uploads that always begin anew."""

    location = None

    def keep(self, location: str, *, expires: str | None) -> None:
        pass

    def forget(self) -> None:
        pass


def sweep(folder: Path) -> None:
    """Remove what has expired."""
    with suppress(OSError):
        for path in list(folder.glob("*.json")):
            if _read(path).get("until", 0.0) <= time.time():
                path.unlink(missing_ok=True)


def _read(path: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError):
        known = json.loads(path.read_text())
        if isinstance(known, dict) and isinstance(known.get("until"), float) and "location" in known:
            return known
    return {}


def _until(expires: str | None) -> float:
    with suppress(ValueError):
        if expires:
            return parsedate_to_datetime(expires).timestamp()
    return time.time() + _KEPT_S
