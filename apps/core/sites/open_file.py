"""An open file of a site: one state of it, however often the name is given to a new one."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ..exceptions import PathRefused
from .beneath import open_beneath
from .paths import locate

PIECE_BYTES = 256 * 2**10

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SiteFile:
    """What is served under ``name``; the owner closes ``file``."""

    name: str
    file: BinaryIO
    found: os.stat_result

    @property
    def size_bytes(self) -> int:
        return self.found.st_size

    @property
    def etag(self) -> str:
        """A strong validator: a page is only ever replaced by a new file."""
        found = self.found
        return f'"{found.st_ino:x}-{found.st_mtime_ns:x}-{found.st_size:x}"'


def open_site_file(name: str) -> SiteFile | None:
    """Return the open file called ``name``, None where there is nothing to show to anyone."""
    try:
        place = locate(name)
        fd = open_beneath(place.root, place.relative)
    except PathRefused as error:
        logger.debug("page=%r not served: %s", name, error)
        return None
    except PermissionError:
        logger.warning("page=%r not served: this process may not read it", name)
        return None
    return SiteFile(name=name, file=os.fdopen(fd, "rb"), found=os.fstat(fd))


class Pieces:
    """``positions`` of an open file, piece by piece, for a WSGI server; closes the file."""

    def __init__(self, site_file: SiteFile, positions: range) -> None:
        self.name = site_file.name
        self.file = site_file.file
        self.left = len(positions)
        self.file.seek(positions.start)

    def __iter__(self) -> Iterator[bytes]:
        while self.left:
            yield self.read()

    def read(self) -> bytes:
        """Return the next piece. Raises EOFError if the file was cut short meanwhile."""
        piece = self.file.read(min(PIECE_BYTES, self.left))
        if not piece:
            raise EOFError(
                f"{self.name} was cut short while it was sent; replace files instead of emptying them."
            )
        self.left -= len(piece)
        return piece

    def close(self) -> None:
        self.file.close()


class AsyncPieces:
    """``Pieces`` for an ASGI server: read in threads."""

    def __init__(self, pieces: Pieces) -> None:
        self.pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            while self.pieces.left:
                yield await asyncio.to_thread(self.pieces.read)
        finally:
            self.close()

    def close(self) -> None:
        self.pieces.close()
