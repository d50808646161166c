"""How much room is left where the site writes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.db import connection

from ..conf import core_settings
from .registry import HealthResult

_MIB = 2**20
# This part of HEALTH_MIN_FREE_BYTES left is critical: soon the database takes no more writes.
_CRITICAL_PART = 10


def disk_check(now: datetime) -> HealthResult:
    """Judge the fullest of the disks of the database, the bus, RUN_DIR and the site folders."""
    wanted = core_settings().health_min_free_bytes
    free_bytes, folder = min(_free_bytes(_disks()))
    says = f"{free_bytes // _MIB} MiB are free in {folder}."
    if free_bytes >= wanted:
        return HealthResult(name="disk", level="ok", says=says)
    do = f"Make room; {wanted // _MIB} MiB are wanted (HEALTH_MIN_FREE_BYTES)."
    is_critical = free_bytes < wanted // _CRITICAL_PART
    return HealthResult(name="disk", level="critical" if is_critical else "warning", says=says, do=do)


def _disks() -> list[Path]:
    """Return one folder on each of the disks."""
    disks: dict[int, Path] = {}
    for folder in map(_existing, _folders()):
        disks.setdefault(folder.stat().st_dev, folder)
    return list(disks.values())


def _free_bytes(folders: list[Path]) -> Iterator[tuple[int, Path]]:
    for folder in folders:
        yield shutil.disk_usage(folder).free, folder


def _folders() -> Iterator[Path]:
    settings = core_settings()
    if connection.vendor == "sqlite":
        yield Path(str(connection.settings_dict["NAME"])).absolute().parent
    if settings.bus_url.startswith("sqlite:///"):
        yield Path(settings.bus_url.removeprefix("sqlite:///")).absolute().parent
    yield settings.run_dir.absolute()
    yield from (folder.absolute() for folder in settings.sites.values())


def _existing(folder: Path) -> Path:
    """Return the folder or the nearest above it that is there."""
    return next(level for level in (folder, *folder.parents) if level.exists())
