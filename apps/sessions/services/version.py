"""Which version of an app's file there is: a changed file means new instances."""

from __future__ import annotations

import functools
import sys
from pathlib import Path

from ..registry import HostedApp


def version_of(app: HostedApp) -> str:
    """Return a text that grows with the moment of the file's last change; empty where no file is found."""
    file = Path(app.file) if app.file else _file_of(app.target, app.path, app.python)
    try:
        return f"{file.stat().st_mtime_ns:020d}" if file is not None else ""
    except OSError:
        return ""


@functools.lru_cache(maxsize=1024)
def _file_of(target: str, path: tuple[str, ...], python: str) -> Path | None:
    """Look for the module's file without importing anything."""
    name, colon, _ = target.partition(":")
    names = [name] if colon else [name, name.rpartition(".")[0]]
    for folder in [*path, *([] if python else sys.path)]:
        for module in filter(None, names):
            place = Path(folder, *module.split("."))
            for file in (place.with_suffix(".py") if place.name else place, place / "__init__.py"):
                if file.is_file():
                    return file
    return None
