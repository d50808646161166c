"""Stored files as one ZIP that is made while it is sent."""

from __future__ import annotations

import io
import logging
import threading
import zipfile
from collections.abc import Iterator, Sequence

from django.utils import timezone

from ...core.http.pieces import PIECE_BYTES
from ..exceptions import NothingHere
from ..models import StoredFile
from ..names import display_name
from .blobs import get_root

logger = logging.getLogger(__name__)

MAX_FILES = 10_000


class ZipPieces:
    """The bytes of a ZIP with these files under their paths, one piece in memory at a time.

    Nothing is packed: most of what people send is packed already. A file that is deleted before its turn is
    left out.
    """

    def __init__(self, files: Sequence[StoredFile]) -> None:
        self._pieces = _pieces(files)
        self._lock = threading.Lock()  # a piece may be read in a thread while the client goes

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        with self._lock:
            return next(self._pieces)

    def close(self) -> None:
        with self._lock:
            self._pieces.close()  # type: ignore[attr-defined]


class _Sink(io.RawIOBase):
    """What was written since the last look; it cannot be gone back in."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self._written.append(piece)
        return len(piece)

    def take(self) -> bytes:
        written, self._written = b"".join(self._written), []
        return written


def _pieces(files: Sequence[StoredFile]) -> Iterator[bytes]:
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for file in files:
            yield from _entry(archive, sink, file)
    yield sink.take()


def _entry(archive: zipfile.ZipFile, sink: _Sink, file: StoredFile) -> Iterator[bytes]:
    try:
        opened = get_root(file.root).open(file.key)
    except NothingHere:
        logger.info("file=%s was deleted before its turn in a ZIP", file.uuid)
        return
    with opened, archive.open(_info(file), "w") as entry:
        while piece := opened.read(PIECE_BYTES):
            entry.write(piece)
            yield sink.take()


def _info(file: StoredFile) -> zipfile.ZipInfo:
    parts = [display_name(part) for part in file.path.split("/")]
    made_at = timezone.localtime(file.created_at)
    info = zipfile.ZipInfo("/".join(parts), made_at.timetuple()[:6])
    info.file_size = file.size_bytes  # says whether the long form of the format is wanted
    info.external_attr = 0o100644 << 16
    return info
