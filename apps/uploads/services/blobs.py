"""Where bytes lie: what is being received, and what is kept, under keys that say nothing of names."""

from __future__ import annotations

import errno
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from django.conf import settings
from django.core.files import File
from django.core.files.storage import Storage, storages

from ...core.conf import core_settings
from ..conf import uploads_settings
from ..exceptions import DiskFull, NothingHere
from ..registry import default_root

RECEIVING: Final = "receiving"
STORED: Final = "stored"
_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK, errno.EXDEV, errno.ENOSYS)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True, slots=True)
class Root:
    """A folder of the disk, in which ``receiving/`` has what comes in and ``stored/`` what is kept; with a
    ``storage`` of Django's what is kept lies there.
    """

    name: str
    folder: Path
    storage: Storage | None = None

    def receiving(self, name: str) -> Path:
        """Return the place for something that comes in; its folder is there."""
        folder = self.folder / RECEIVING
        _make_folder(folder)
        return folder / name

    def keep(self, temporary: Path) -> str:
        """Keep what a file of ``receiving`` holds and return its key; it survives a loss of power.

        The file stays, for the case that nobody comes to know the key. Raises DiskFull, OSError.
        """
        key = uuid.uuid4().hex
        with room():
            if self.storage is not None:
                return self._keep_in_storage(temporary, key)
            target = self._path(key)
            _make_folder(target.parent)
            if settings.FILE_UPLOAD_PERMISSIONS is not None:
                temporary.chmod(settings.FILE_UPLOAD_PERMISSIONS)
            _link_or_copy(temporary, target)
            sync_file(target)
            sync_folder(target.parent)
        return key

    def open(self, key: str) -> IO[bytes]:
        """Open what is kept, to be read. Raises NothingHere."""
        try:
            return self._path(key).open("rb") if self.storage is None else self.storage.open(key)
        except FileNotFoundError as error:
            raise NothingHere(f"The bytes of {key} are missing in the root {self.name}.") from error

    def about(self, key: str) -> tuple[int, datetime]:
        """Return the size of what is kept, and since when. Raises NothingHere."""
        try:
            if self.storage is not None:
                return self.storage.size(key), self.storage.get_modified_time(key)
            found = self._path(key).stat()
        except FileNotFoundError as error:
            raise NothingHere(f"The bytes of {key} are missing in the root {self.name}.") from error
        return found.st_size, datetime.fromtimestamp(found.st_ctime, UTC)  # as keys()

    def path(self, key: str) -> Path | None:
        """Return where it lies on this disk; None where a storage has it."""
        return None if self.storage is not None else self._path(key)

    def delete(self, key: str) -> None:
        """Delete what is kept; nothing happens where it is gone."""
        if self.storage is not None:
            self.storage.delete(key)
            return
        with suppress(FileNotFoundError):
            self._path(key).unlink()

    def keys(self) -> Iterator[tuple[str, datetime]]:
        """Yield the key of all that is kept, and since when."""
        if self.storage is not None:
            for key in self.storage.listdir("")[1]:
                yield key, self.storage.get_modified_time(key)
            return
        for path in (self.folder / STORED).glob("??/??/*"):
            with suppress(FileNotFoundError):
                # Not when it was written: that may be long before it was linked to here.
                yield path.name, datetime.fromtimestamp(path.stat().st_ctime, UTC)

    def require_room(self, size_bytes: int) -> None:
        """Raise DiskFull unless so much may come without touching what is to stay free."""
        _make_folder(self.folder)
        free = shutil.disk_usage(self.folder).free - uploads_settings().min_free_bytes
        if size_bytes > free:
            raise DiskFull("The server has no room for this now; try again later.")

    def _path(self, key: str) -> Path:
        return self.folder / STORED / key[:2] / key[2:4] / key

    def _keep_in_storage(self, temporary: Path, key: str) -> str:
        assert self.storage is not None
        with temporary.open("rb") as file:
            return self.storage.save(key, File(file))


def get_root(name: str = "") -> Root:
    """Return the root of this name, the default one without. Raises NothingHere."""
    given = uploads_settings()
    name = name or default_root()
    folder = given.roots.get(name)
    if folder is None:
        known = ", ".join(given.roots)
        raise NothingHere(f"There is no root {name!r} in SMALLWEB_UPLOADS['ROOTS']; there is {known}.")
    alias = given.storages.get(name)
    return Root(name=name, folder=folder.absolute(), storage=storages[alias] if alias else None)


def all_roots() -> list[Root]:
    """Return the roots of the settings, in their order."""
    return [get_root(name) for name in uploads_settings().roots]


@contextmanager
def room() -> Iterator[None]:
    """Raise DiskFull in place of what the system says of a disk without room."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise DiskFull("The server has no room for this now; try again later.") from error


def sync_file(path: Path) -> None:
    """Have the disk itself hold the file, unless FSYNC is off."""
    if core_settings().fsync:
        with path.open("rb") as file:
            os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Have the disk itself hold the names in the folder, unless FSYNC is off."""
    if not core_settings().fsync:
        return
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    except OSError as error:
        if error.errno != errno.EINVAL:  # a file system without a sync of folders
            raise
    finally:
        os.close(fd)


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        shutil.copyfile(source, target)


def _make_folder(folder: Path) -> None:
    mode = settings.FILE_UPLOAD_DIRECTORY_PERMISSIONS
    folder.mkdir(mode=0o700 if mode is None else mode, parents=True, exist_ok=True)
