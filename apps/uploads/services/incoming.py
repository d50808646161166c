"""A file while it comes in: small ones in memory, others in ``receiving``; the first bytes tell its kind."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING

from ..exceptions import TooLarge, TypeMismatch
from ..kinds import accepts, decide, early_fault
from ..names import display_name
from .blobs import room

if TYPE_CHECKING:
    from ..kinds import Kind

SPOOL_BYTES = 64 * 2**10
HEAD_BYTES = 4096


@dataclass(frozen=True, kw_only=True)
class FileRules:
    """Which files are taken: kinds (none stands for all), and up to which size. What ``accept`` lets in, each
    list of ``also`` must let in, too.
    """

    accept: tuple[str, ...]
    max_bytes: int
    also: tuple[tuple[str, ...], ...] = ()

    def require_early(self, filename: str, declared_type: str) -> None:
        """Raise TypeMismatch for what cannot be taken, whatever its bytes are."""
        for accept in (self.accept, *self.also):
            fault = early_fault(accept, filename, declared_type)
            if fault is not None:
                raise TypeMismatch(fault)

    def require_size(self, filename: str, size_bytes: int) -> None:
        if size_bytes > self.max_bytes:
            raise TooLarge(f"{filename} has more than the {self.max_bytes} bytes that are taken here.")

    def require_kind(self, filename: str, head: bytes) -> Kind:
        """Return what it is. Raises TypeMismatch."""
        kind = decide(filename, head)
        for accept in (self.accept, *self.also):
            if accept and accepts(accept, kind, filename) is None:
                raise TypeMismatch(f"{filename} is {kind.media_type}; taken here: {', '.join(accept)}.")
        return kind


class Incoming:
    """A sink for the bytes of one file. ``place`` gives it a path when it gets too large for the memory.

    Raises TooLarge, TypeMismatch, DiskFull; after any of these it is to be discarded.
    """

    def __init__(
        self, *, field: str, filename: str, declared_type: str, rules: FileRules, place: Callable[[], Path]
    ) -> None:
        self.field = field
        self.filename = display_name(filename)
        self.declared_type = declared_type[:100]
        self.size_bytes = 0
        self.kind: Kind | None = None
        self._rules = rules
        self._place = place
        self._memory = bytearray()
        self._path: Path | None = None
        self._file: FileIO | None = None
        self._hash = hashlib.sha256()
        rules.require_early(self.filename, declared_type)

    def write(self, data: bytes) -> None:
        self.size_bytes += len(data)
        self._rules.require_size(self.filename, self.size_bytes)
        self._hash.update(data)
        if self._file is not None:
            with room():
                _write_all(self._file, data)
            return
        self._memory += data
        if self.kind is None and len(self._memory) >= HEAD_BYTES:
            self._decide()
        if len(self._memory) > SPOOL_BYTES:
            self._open()

    def close(self) -> None:
        if self.kind is None:
            self._decide()
        if self._file is not None:
            self._file.close()

    def discard(self) -> None:
        """Leave nothing of it."""
        if self._file is not None:
            self._file.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    @property
    def content(self) -> bytes | Path:
        return bytes(self._memory) if self._path is None else self._path

    def to_disk(self) -> Path:
        """Return where it lies, once it has come whole."""
        if self._path is None:
            self._open().close()
        assert self._path is not None
        return self._path

    def _open(self) -> FileIO:
        self._path = self._place()
        with room():
            self._file = FileIO(self._path, "xb")
            _write_all(self._file, self._memory)
        return self._file

    def _decide(self) -> None:
        self.kind = self._rules.require_kind(self.filename, bytes(self._memory[:HEAD_BYTES]))


def _write_all(file: FileIO, data: bytes | bytearray) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) or 0 :]
