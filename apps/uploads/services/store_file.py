"""Keep a file that has come whole: bytes first, then the row that names them, then what it replaces goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from django.db import IntegrityError, transaction

from ...core.write_turn import write_turn
from ..exceptions import AlreadyThere, NotAllowed
from ..models import StoredFile
from ..path_rules import first_match
from .blobs import get_root
from .make_preview import wish_preview
from .owners import is_hers
from .policy import FolderRules

_MAX_NUMBER = 1000
_MAX_RACES = 100

Then = Callable[[StoredFile], None]
Require = Callable[[StoredFile | None], None]


@dataclass(frozen=True, kw_only=True)
class Arrived:
    """A file in ``receiving`` that is complete and whose kind is taken."""

    temporary: Path
    size_bytes: int
    sha256: str
    content_type: str


def require_path(folder: FolderRules, path: str, *, user: Any) -> None:
    """Raise NotAllowed or AlreadyThere unless the folder's rules let this user put a file at the path."""
    held = StoredFile.objects.filter(folder=folder.pk, path=path).only("user_id").first()
    require_put(folder, path, held, user=user)


def require_put(folder: FolderRules, path: str, held: StoredFile | None, *, user: Any) -> None:
    """Do what ``require_path`` does, for the file that is ``held`` at the path."""
    name = user.get_username() if getattr(user, "is_authenticated", False) else ""
    if held is None:
        if first_match(folder.create_rules, path, user=name) is None:
            raise NotAllowed(f"No rule of the folder {folder.name} lets {path!r} be made.")
        return
    if first_match(folder.overwrite_rules, path, user=name) is None:
        raise AlreadyThere(f"There is a file {path!r} in the folder {folder.name}; choose another name.")
    if not is_hers(folder, held, user=user):
        raise NotAllowed(f"{path!r} in the folder {folder.name} is another user's.")


def store_at(
    folder: FolderRules,
    path: str,
    arrived: Arrived,
    *,
    user: Any,
    handler: str = "",
    now: datetime,
    require: Require | None = None,
    then: Then | None = None,
) -> StoredFile:
    """Keep the file at the path, in place of what is there, and remove the temporary one.

    ``require`` gets what is there, which nobody else can replace any more, and may raise; ``then`` is called
    with the new row, and what it writes is committed with it. On failure the
    temporary file stays, and nothing else is seen. Raises DiskFull, AlreadyThere.
    """
    root = get_root(folder.root)
    key = root.keep(arrived.temporary)
    try:
        for _ in range(_MAX_RACES):
            try:
                return _put_row(
                    folder, path, arrived, key=key, user=user, handler=handler, now=now,
                    require=require, then=then,
                )  # fmt: skip
            except IntegrityError:  # another was quicker where nothing was
                continue
        raise AlreadyThere(f"Others write to {path!r} in the folder {folder.name}; try again.")
    except BaseException:
        root.delete(key)
        raise


def store_beside(
    folder: FolderRules,
    path: str,
    arrived: Arrived,
    *,
    user: Any,
    handler: str,
    now: datetime,
    then: Then | None = None,
) -> StoredFile:
    """Do what ``store_at`` does, or keep the file at ``name (2).ext`` and so on where something is."""
    root = get_root(folder.root)
    key = root.keep(arrived.temporary)
    try:
        for free in _numbered(path):
            if StoredFile.objects.filter(folder=folder.pk, path=free).exists():
                continue
            try:
                return _put_row(
                    folder, free, arrived, key=key, user=user, handler=handler, now=now,
                    is_new=True, then=then,
                )  # fmt: skip
            except IntegrityError:  # another was quicker
                continue
        raise AlreadyThere(f"There are too many files called {path!r} in the folder {folder.name}.")
    except BaseException:
        root.delete(key)
        raise


def _put_row(
    folder: FolderRules,
    path: str,
    arrived: Arrived,
    *,
    key: str,
    user: Any,
    handler: str,
    now: datetime,
    is_new: bool = False,
    require: Require | None = None,
    then: Then | None = None,
) -> StoredFile:
    made = StoredFile(
        folder_id=folder.pk,
        path=path,
        root=folder.root,
        key=key,
        size_bytes=arrived.size_bytes,
        sha256=arrived.sha256,
        content_type=arrived.content_type,
        handler=handler,
        user=user if getattr(user, "is_authenticated", False) else None,
        created_at=now,
    )
    with write_turn():
        held = None if is_new else _locked(folder, path)
        if require is not None:
            require(held)
        if held is not None:
            delete_file(held)
        made.save(force_insert=True)
        if then is not None:
            then(made)
        wish_preview(made)
        transaction.on_commit(partial(arrived.temporary.unlink, missing_ok=True), robust=True)
    return made


def _locked(folder: FolderRules, path: str) -> StoredFile | None:
    return StoredFile.objects.select_for_update().filter(folder=folder.pk, path=path).first()


def delete_file(file: StoredFile) -> None:
    """Delete the row, and its bytes once that is committed."""
    root, keys = get_root(file.root), [key for key in (file.key, file.preview_key) if key]
    file.delete()

    def delete_bytes() -> None:
        for key in keys:
            root.delete(key)

    transaction.on_commit(delete_bytes, robust=True)


def _numbered(path: str) -> Iterator[str]:
    yield path
    place = PurePosixPath(path)
    for number in range(2, _MAX_NUMBER):
        yield str(place.with_name(f"{place.stem} ({number}){place.suffix}"))
