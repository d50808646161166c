"""What handlers get of a file."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .models import StoredFile


class ReceivedFile:
    """A file that has come whole; it can be read while the handler runs.

    ``filename`` is safe to be part of a path: it has no slashes and is no name of a device. ``content_type``
    is what the bytes are, ``declared_type`` what the client said. ``stored``: its row, where a folder keeps
    it. ``sha256`` is in hex.
    """

    def __init__(
        self,
        *,
        field: str,
        filename: str,
        content_type: str,
        declared_type: str,
        size_bytes: int,
        sha256: str,
        content: bytes | Path,
        stored: StoredFile | None = None,
    ) -> None:
        self.field = field
        self.filename = filename
        self.content_type = content_type
        self.declared_type = declared_type
        self.size_bytes = size_bytes
        self.sha256 = sha256
        self.stored = stored
        self._content = content
        self._file: IO[bytes] | None = None

    def __repr__(self) -> str:
        return f"<ReceivedFile {self.filename} {self.content_type} {self.size_bytes} bytes>"

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.stream)

    @property
    def is_on_disk(self) -> bool:
        return isinstance(self._content, Path)

    @property
    def path(self) -> Path:
        """Where it lies on the disk while the handler runs."""
        if isinstance(self._content, bytes):
            fd, name = tempfile.mkstemp(prefix="smallweb-")
            with os.fdopen(fd, "wb") as file:
                file.write(self._content)
            self._is_ours = True
            self._content = Path(name)
        return self._content

    _is_ours = False

    @property
    def stream(self) -> IO[bytes]:
        """The open file."""
        if self._file is None:
            is_small = isinstance(self._content, bytes)
            self._file = io.BytesIO(self._content) if is_small else self._content.open("rb")  # type: ignore[arg-type, union-attr]
        return self._file

    def read(self, size_bytes: int = -1) -> bytes:
        return self.stream.read(size_bytes)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self.stream.seek(offset, whence)

    def save(self, location: str | os.PathLike[str], *, overwrite: bool = True) -> Path:
        """Copy it to this path, or into this folder under its own name; return the path.

        Readers of the path see what was there or the whole file. Raises FileExistsError unless it may
        ``overwrite``, OSError.
        """
        target = Path(location)
        if target.is_dir():
            target = target / self.filename
        fd, name = tempfile.mkstemp(prefix=".smallweb-", dir=target.parent)
        temporary = Path(name)
        try:
            with os.fdopen(fd, "wb") as file:
                self._copy_to(file)
            temporary.chmod(0o666 & ~_umask())
            _put(temporary, target, overwrite=overwrite)
        finally:
            temporary.unlink(missing_ok=True)
        return target

    def close(self) -> None:
        """Let go of what was opened and made for reading."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._is_ours and isinstance(self._content, Path):
            self._content.unlink(missing_ok=True)

    def _copy_to(self, file: IO[bytes]) -> None:
        if isinstance(self._content, bytes):
            file.write(self._content)
        else:
            with self._content.open("rb") as source:
                shutil.copyfileobj(source, file, 2**20)
        file.flush()
        os.fsync(file.fileno())


def _put(temporary: Path, target: Path, *, overwrite: bool) -> None:
    if overwrite:
        temporary.replace(target)
    else:
        target.hardlink_to(temporary)


def _umask() -> int:
    """Return the mask of this process; to ask for it is to set it, so Linux's own word is read."""
    with suppress(OSError, ValueError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("Umask:"):
                return int(line.split()[1], 8)
    return 0o077


def text_of(fields: list[tuple[str, str]], *, lists: bool | tuple[str, ...]) -> dict[str, Any]:
    """Return fields as a dict: first values, or lists of all for those named in ``lists`` (True: all)."""
    text: dict[str, Any] = {}
    for name, value in fields:
        if lists is True or (lists and name in lists):
            text.setdefault(name, []).append(value)
        else:
            text.setdefault(name, value)
    return text
