"""The body of one request on its way into a file: a block is hashed and written while the next comes."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...core.socket.pool import in_pool
from ..exceptions import ChecksumMismatch, UploadLocked
from .budget import Pace
from .digests import digests
from .hold import Held

if TYPE_CHECKING:
    from hashlib import _Hash

BLOCK_BYTES = 512 * 2**10
_LOOK_S = 0.25
_TELL_EVERY_S = 1.0


@dataclass(frozen=True)
class Checksum:
    """What the bytes of one request must have: the name of an algorithm, and the digest."""

    algorithm: str
    digest: bytes


class Intake:
    """``require(size)`` is called in a thread before a block makes the file so large, ``tell(size)`` now and
    then; both may raise, and what came before is kept.
    """

    def __init__(
        self,
        held: Held,
        *,
        require: Callable[[int], None],
        tell: Callable[[int], None],
        checksum: Checksum | None,
    ) -> None:
        self._held = held
        self._require = require
        self._tell = tell
        self._checksum = checksum
        self._own = None if checksum is None else hashlib.new(checksum.algorithm, usedforsecurity=False)
        self._end = held.size_bytes
        self._whole: _Hash | None = digests.of(held.upload, self._end)
        self._pieces: list[bytes] = []
        self._waiting_bytes = 0
        self._writing: asyncio.Future[None] | None = None
        self._told_at = time.monotonic()
        self._pace = Pace(now=time.monotonic())

    async def take(self, body: AsyncIterable[bytes]) -> None:
        """Take the body; what has come is in the file in any case. Raises ClientGone, TooSlow, UploadLocked
        when another wants the file, and what ``require`` and the disk raise.
        """
        taking = asyncio.ensure_future(self._take(body))
        try:
            await self._watch(taking)
        finally:
            taking.cancel()
            await asyncio.wait((taking,))
            await self._hand_over()
            await self._written()
        taking.result()

    def verify(self) -> None:
        """Raise ChecksumMismatch unless the bytes that came have the checksum."""
        if self._own is None or self._checksum is None:
            return
        if self._own.digest() != self._checksum.digest:
            raise ChecksumMismatch(
                f"The {self._checksum.algorithm} of the bytes that came is another one; send them again."
            )

    def keep_digest(self) -> None:
        """Have the next request go on with the hash of all that is there."""
        if self._whole is not None:
            digests.keep(self._held.upload, self._end, self._whole)

    async def _take(self, body: AsyncIterable[bytes]) -> None:
        async for piece in body:
            self._pieces.append(piece)
            self._waiting_bytes += len(piece)
            self._pace.received_bytes += len(piece)
            if self._waiting_bytes >= BLOCK_BYTES:
                await self._hand_over()

    async def _watch(self, taking: asyncio.Future[None]) -> None:
        while not taking.done():
            await asyncio.wait((taking,), timeout=_LOOK_S)
            if taking.done():
                return
            if time.monotonic() > self._pace.deadline():
                raise self._pace.too_slow()
            if await in_pool(self._look):
                raise UploadLocked("Another request for this upload has taken over.")

    def _look(self) -> bool:
        """Tell how far it is, and return whether another waits for the file."""
        if time.monotonic() - self._told_at >= _TELL_EVERY_S:
            self._told_at = time.monotonic()
            self._tell(self._end)
        return self._held.is_wanted()

    async def _hand_over(self) -> None:
        await self._written()
        if self._pieces:
            pieces, self._pieces, self._waiting_bytes = self._pieces, [], 0
            self._writing = in_pool(lambda: self._write(pieces))

    async def _written(self) -> None:
        """Wait for the block that is being written, also when this is cancelled meanwhile."""
        if self._writing is None:
            return
        await asyncio.wait((self._writing,))
        error, self._writing = self._writing.exception(), None
        if error is not None:
            self._pieces = []  # they would stand behind a gap
            raise error

    def _write(self, pieces: list[bytes]) -> None:
        block = b"".join(pieces)
        self._require(self._end + len(block))
        whole, self._whole = self._whole, None  # not known while a part of the block may be there
        self._held.write(block)
        self._end += len(block)
        if whole is not None:
            whole.update(block)
            self._whole = whole
        if self._own is not None:
            self._own.update(block)
