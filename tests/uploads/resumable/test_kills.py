"""A server that is killed again and again: 10 times, or 200 with SMALLWEB_NIGHTLY=1."""

from __future__ import annotations

import base64
import hashlib
import os
import random
import threading
from dataclasses import dataclass, field

import httpx
import pytest

from tests.uploads.resumable.client import TusClient
from tests.uploads.resumable.site import Site
from tests.waiting import wait_for

pytestmark = pytest.mark.once

KILLS = 200 if os.environ.get("SMALLWEB_NIGHTLY") else 10
SIZE = 600_000
MOST_PIECE = 200_000


@dataclass
class Sender:
    """Sends one file after the other; ``acknowledged``: what the server has said it has, by address."""

    site: Site
    rng: random.Random
    contents: dict[str, bytes] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)
    pieces: int = 0
    open: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Go on until the line breaks."""
        tus = TusClient(self.site)
        try:
            while not self.faults:
                for location in sorted(self.open):
                    self._go_on(tus, location)
                self._begin(tus)
        except httpx.TransportError:
            pass

    def _begin(self, tus: TusClient) -> None:
        answer = tus.create(SIZE, to="/uploads/survives")
        if answer.status_code != 201:
            self.faults.append(f"{answer.status_code} {answer.text}")
            return
        location = answer.headers["Location"]
        self.contents[location] = self.rng.randbytes(SIZE)
        self.acknowledged[location] = 0
        self.open.add(location)
        self._send(tus, location, 0)

    def _go_on(self, tus: TusClient, location: str) -> None:
        answer = tus.head(location)
        if answer.status_code == 410:  # killed between the file's row and the upload's end
            self.open.discard(location)
            return
        offset = int(answer.headers["Upload-Offset"])
        self._require(offset >= self.acknowledged[location], f"{offset} of {self.acknowledged[location]}")
        path = self.site.received(location)
        if offset < SIZE:
            kept = path.read_bytes()[:offset]
            self._require(kept == self.contents[location][:offset], f"other bytes in {location}")
        self._send(tus, location, offset)

    def _send(self, tus: TusClient, location: str, offset: int) -> None:
        while offset < SIZE and not self.faults:
            piece = self.contents[location][offset : offset + self.rng.randint(1, MOST_PIECE)]
            answer = tus.patch(location, offset, piece, **self._checksum(piece))
            self._require(answer.status_code == 204, f"{answer.status_code} {answer.text}")
            offset = self.acknowledged[location] = int(answer.headers.get("Upload-Offset", "0"))
            self.pieces += 1
        self.open.discard(location)

    def _checksum(self, piece: bytes) -> dict[str, str]:
        if self.rng.random() < 0.5:
            return {}
        return {"Upload-Checksum": "sha1 " + base64.b64encode(hashlib.sha1(piece).digest()).decode()}

    def _require(self, is_true: bool, fault: str) -> None:
        if not is_true:
            self.faults.append(fault)


def test_kills_lose_nothing_that_was_acknowledged(own_site: Site) -> None:
    seed = random.randrange(2**32)
    sender = Sender(own_site, random.Random(seed))
    rng = random.Random(seed + 1)
    for _ in range(KILLS):
        sending = threading.Thread(target=sender.run)
        sending.start()
        wanted = sender.pieces + rng.randint(1, 12)
        wait_for(lambda: sender.pieces >= wanted or sender.faults, limit_s=60, what=f"pieces, seed {seed}")  # noqa: B023
        own_site.kill()
        sending.join()
        assert not sender.faults, (seed, sender.faults)
        own_site.start()
    _finish(sender)
    assert not sender.faults, (seed, sender.faults)
    _nothing_is_left(sender)


def _finish(sender: Sender) -> None:
    tus = TusClient(sender.site)
    for location in sorted(sender.open):
        sender._go_on(tus, location)
    for (uuid,) in sender.site.rows("SELECT uuid FROM smallweb_uploads_upload WHERE state = 'RUNNING'"):
        tus.delete(f"/uploads/resumable/{uuid[:8]}-{uuid[8:12]}-{uuid[12:16]}-{uuid[16:20]}-{uuid[20:]}")


def _nothing_is_left(sender: Sender) -> None:
    site = sender.site
    stored = dict(site.rows("SELECT key, sha256 FROM smallweb_uploads_storedfile WHERE handler = 'survives'"))
    wanted = {
        hashlib.sha256(sender.contents[location]).hexdigest()
        for location, offset in sender.acknowledged.items()
        if offset == SIZE
    }
    assert wanted <= set(stored.values())
    for key, sha256 in stored.items():
        blob = site.folder / "uploads/stored" / key[:2] / key[2:4] / key
        assert hashlib.sha256(blob.read_bytes()).hexdigest() == sha256
    assert site.taken_by("vault") == (0, SIZE * len(stored))
    assert site.rows("SELECT count(*) FROM smallweb_uploads_upload WHERE state = 'RUNNING'") == [(0,)]
    assert [path for path in site.receiving.iterdir() if path.stat().st_size] == []
