"""The body of a request on its way into a file."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from smallweb.core.http.body import ClientGone
from smallweb.uploads.exceptions import ChecksumMismatch, DiskFull, TooLarge, TooSlow, UploadLocked
from smallweb.uploads.models import Upload
from smallweb.uploads.services import budget
from smallweb.uploads.services.digests import digests, sha256_of
from smallweb.uploads.services.hold import Held, hold, make_file, path_of, try_hold
from smallweb.uploads.services.intake import BLOCK_BYTES, Checksum, Intake
from tests.uploads.services.test_hold import file_limit

pytestmark = pytest.mark.once

PIECE = 64 * 2**10


@pytest.fixture
def upload(root: Path) -> Upload:
    made = Upload(protocol=Upload.Protocol.TUS)
    make_file(made)
    return made


@pytest.fixture
def held(upload: Upload) -> Iterator[Held]:
    made = try_hold(upload)
    assert made is not None
    yield made
    made.release()


def intake_of(held: Held, *, most: int = 10**9, checksum: Checksum | None = None) -> Intake:
    def require(size: int) -> None:
        if size > most:
            raise TooLarge("too much")

    return Intake(held, require=require, tell=lambda size: None, checksum=checksum)


async def body(*pieces: Any) -> AsyncIterator[bytes]:
    """Yield pieces; an exception is raised, None waits for ever."""
    for piece in pieces:
        if piece is None:
            await asyncio.Event().wait()
        elif isinstance(piece, bytes):
            yield piece
        else:
            raise piece


async def test_all_pieces_are_written_in_order_and_hashed(held: Held, upload: Upload) -> None:
    pieces = [bytes([number]) * PIECE for number in range(40)]
    intake = intake_of(held)
    await intake.take(body(*pieces, b"end"))
    intake.keep_digest()
    whole = b"".join(pieces) + b"end"
    assert path_of(upload).read_bytes() == whole
    known = digests.of(upload.uuid, len(whole))
    assert known is not None
    assert known.hexdigest() == hashlib.sha256(whole).hexdigest()
    assert digests.of(upload.uuid, len(whole) - 1) is None
    assert sha256_of(upload.uuid, path_of(upload)) == hashlib.sha256(whole).hexdigest()
    digests.forget(upload.uuid)
    assert sha256_of(upload.uuid, path_of(upload)) == hashlib.sha256(whole).hexdigest(), "read again"


async def test_what_came_before_a_break_is_there(held: Held) -> None:
    with pytest.raises(ClientGone):
        await intake_of(held).take(body(b"x" * BLOCK_BYTES, b"abc", ClientGone()))
    assert held.size_bytes == BLOCK_BYTES + 3


async def test_after_a_full_disk_nothing_stands_behind_a_gap(held: Held, upload: Upload) -> None:
    with file_limit(BLOCK_BYTES + 1000), pytest.raises(DiskFull):
        await intake_of(held).take(body(*[b"a" * BLOCK_BYTES, b"b" * BLOCK_BYTES, b"c" * BLOCK_BYTES, b"d"]))
    assert path_of(upload).read_bytes() == b"a" * BLOCK_BYTES + b"b" * 1000


async def test_a_block_that_is_too_much_is_not_written(held: Held) -> None:
    with pytest.raises(TooLarge):
        await intake_of(held, most=BLOCK_BYTES).take(body(b"a" * BLOCK_BYTES, b"b"))
    assert held.size_bytes == BLOCK_BYTES


async def test_who_waits_gets_the_file_within_moments(held: Held, upload: Upload) -> None:
    taking = asyncio.ensure_future(intake_of(held).take(body(b"abc", None)))
    with pytest.raises(UploadLocked):
        async with hold(upload, wait_s=0.1):
            pass
    with pytest.raises(UploadLocked, match="taken over"):
        await asyncio.wait_for(taking, 5)
    assert held.size_bytes == 3


async def test_a_body_that_stops_coming_is_given_up(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "GRACE_S", 0.05)
    with pytest.raises(TooSlow):
        await asyncio.wait_for(intake_of(held).take(body(b"abc", None)), 5)
    assert held.size_bytes == 3, "what came counts"


async def test_a_checksum_is_that_of_this_body(held: Held) -> None:
    held.write(b"before")
    right = Checksum("sha1", hashlib.sha1(b"abc").digest())
    intake = intake_of(held, checksum=right)
    await intake.take(body(b"a", b"bc"))
    intake.verify()
    intake = intake_of(held, checksum=right)
    await intake.take(body(b"abd"))
    with pytest.raises(ChecksumMismatch):
        intake.verify()
