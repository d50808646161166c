"""What holds for handlers and folders now: the code's words, unless an operator has changed a row."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import Error, connection

from ...core.fresh_rows import FreshRows
from ..conf import uploads_settings
from ..exceptions import NothingHere
from ..registry import Handler, default_root, handlers

if TYPE_CHECKING:
    from ..models import UploadFolder, UploadHandler


@dataclass(frozen=True, kw_only=True)
class HandlerRules:
    """What holds for one handler: nothing is left to the settings any more."""

    handler: Handler
    access: str
    accept: tuple[str, ...]
    max_bytes: int
    max_files: int


@dataclass(frozen=True, kw_only=True)
class FolderRules:
    """What holds for one folder; an empty rule of access lets nobody. ``pk`` is that of its row."""

    pk: int
    name: str
    root: str
    access: str
    read_access: str
    list_access: str
    delete_access: str
    owner_only: bool
    accept: tuple[str, ...]
    create_rules: tuple[str, ...]
    overwrite_rules: tuple[str, ...]
    max_bytes: int
    quota_bytes: int | None
    keep_days: float | None

    @property
    def takes_files(self) -> bool:
        """Whether anybody at all may send files to the folder itself; handlers may in any case."""
        return bool(self.access and (self.create_rules or self.overwrite_rules))


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The rules of what is switched on, by name."""

    handlers: Mapping[str, HandlerRules] = field(default_factory=dict)
    folders: Mapping[str, FolderRules] = field(default_factory=dict)

    def handler(self, name: str) -> HandlerRules:
        """Return the rules of a handler. Raises NothingHere."""
        found = self.handlers.get(name)
        if found is None:
            raise NothingHere("There is nothing here.")
        return found

    def folder(self, name: str) -> FolderRules:
        """Return the rules of a folder. Raises NothingHere."""
        found = self.folders.get(name)
        if found is None:
            raise NothingHere("There is nothing here.")
        return found


def read_policy() -> Policy:
    """Read the rows; a handler without one is as its code says, and nothing is there while the tables are
    not migrated.
    """
    from ..models import UploadFolder, UploadHandler

    try:
        of_handlers = {row.name: row for row in UploadHandler.objects.all()}
        of_folders = list(UploadFolder.objects.filter(enabled=True))
    except Error:
        if UploadHandler._meta.db_table in connection.introspection.table_names():
            raise
        return Policy()
    on = [made for made in handlers if made.name not in of_handlers or of_handlers[made.name].enabled]
    return Policy(
        handlers={made.name: rules_of_handler(made, of_handlers.get(made.name)) for made in on},
        folders={row.name: rules_of_folder(row) for row in of_folders},
    )


def rules_of_handler(made: Handler, row: UploadHandler | None) -> HandlerRules:
    """Return what holds where the handler is switched on."""
    said = made if row is None else row
    settings = uploads_settings()
    return HandlerRules(
        handler=made,
        access=said.access or settings.access,
        accept=tuple(said.accept),
        max_bytes=said.max_bytes or settings.max_bytes,
        max_files=said.max_files or settings.max_files,
    )


def rules_of_folder(row: UploadFolder) -> FolderRules:
    """Return what holds where the folder is switched on."""
    return FolderRules(
        pk=row.pk,
        name=row.name,
        root=row.root or default_root(),
        access=row.access,
        read_access=row.read_access,
        list_access=row.list_access,
        delete_access=row.delete_access,
        owner_only=row.owner_only,
        accept=tuple(row.accept),
        create_rules=tuple(row.create_rules),
        overwrite_rules=tuple(row.overwrite_rules),
        max_bytes=row.max_bytes or uploads_settings().max_bytes,
        quota_bytes=row.quota_bytes,
        keep_days=row.keep_days,
    )


policy: FreshRows[Policy] = FreshRows(read_policy, Policy())


async def current() -> Policy:
    """Return the rules as they are now, a second ago at the most."""
    return policy.value if policy.is_fresh(now=time.monotonic()) else await policy.refresh()
