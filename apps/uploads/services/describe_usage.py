"""How much is kept, and promised to uploads that have not ended: by folder, by user."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Count, Sum

from ..models import StoredFile, Upload, UploadFolder

DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Usage:
    """``promised_bytes``: what open uploads may still bring."""

    files: int = 0
    kept_bytes: int = 0
    promised_bytes: int = 0

    @property
    def taken_bytes(self) -> int:
        return self.kept_bytes + self.promised_bytes


@dataclass(frozen=True, kw_only=True)
class Received:
    """What came within a time; uploads that left no row, as small forms without kept files, do not count."""

    uploads: int = 0
    received_bytes: int = 0


def folder_usage(folders: Iterable[UploadFolder]) -> dict[int, Usage]:
    """Return the usage of each of the folders by the key of its row."""
    names = {folder.pk: folder.name for folder in folders}
    kept = _kept(StoredFile.objects.filter(folder__in=names), "folder")
    promised = _promised(Upload.objects.open().filter(folder__in=names.values()), "folder")
    return {pk: _usage(kept.get(pk), promised.get(name, 0)) for pk, name in names.items()}


def top_users(*, count: int) -> list[tuple[Any, Usage]]:
    """Return those who keep most, each with what is kept and promised."""
    kept = _kept(StoredFile.objects.exclude(user=None), "user")
    most = sorted(kept, key=lambda pk: kept[pk]["bytes"], reverse=True)[:count]
    promised = _promised(Upload.objects.open().filter(user__in=most), "user")
    users = get_user_model()._default_manager.in_bulk(most)
    return [(users[pk], _usage(kept[pk], promised.get(pk, 0))) for pk in most if pk in users]


def received_since(now: datetime, *, within: timedelta = DAY) -> dict[str, Received]:
    """Return what came within that time, by the name of the handler; the empty name is for folders alone."""
    rows = Upload.objects.filter(created_at__gt=now - within).order_by().values("handler")
    found = rows.annotate(uploads=Count("pk"), bytes=Sum("received_bytes"))
    return {row["handler"]: Received(uploads=row["uploads"], received_bytes=row["bytes"]) for row in found}


def _kept(files: Any, by: str) -> dict[Any, dict[str, int]]:
    rows = files.order_by().values(by).annotate(files=Count("pk"), bytes=Sum("size_bytes"))
    return {row[by]: row for row in rows}


def _promised(uploads: Any, by: str) -> dict[Any, int]:
    rows = uploads.order_by().values(by).annotate(bytes=Sum("reserved_bytes"))
    return {row[by]: row["bytes"] for row in rows}


def _usage(kept: dict[str, int] | None, promised_bytes: int) -> Usage:
    if kept is None:
        return Usage(promised_bytes=promised_bytes)
    return Usage(files=kept["files"], kept_bytes=kept["bytes"], promised_bytes=promised_bytes)
