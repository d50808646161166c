"""The page's side of parano mode, written for these tests alone."""

from __future__ import annotations

import base64
import json
import struct
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tests.sessions.client import Page


def text_of(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def bytes_of(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class PageSeal:
    """``session`` is an id, ``session_key`` what its pages are told."""

    def __init__(self, session: str, session_key: str, purpose: str, secret: bytes | None = None) -> None:
        self.session = session
        self.session_key = bytes_of(session_key)
        self.purpose = purpose
        self.secret = (
            X25519PrivateKey.generate() if secret is None else X25519PrivateKey.from_private_bytes(secret)
        )
        self.up = self.down = 0

    @property
    def key(self) -> str:
        return text_of(self.secret.public_key().public_bytes_raw())

    def finish(self, theirs: str | None) -> PageSeal:
        shared = self.secret.exchange(X25519PublicKey.from_public_bytes(self.session_key))
        their = b"" if theirs is None else bytes_of(theirs)
        if their:
            shared += self.secret.exchange(X25519PublicKey.from_public_bytes(their))
        words = f"smallweb parano 1\n{self.session}\n{self.purpose}\n".encode()
        info = words + bytes_of(self.key) + self.session_key + their
        keys = HKDF(SHA256(), 64, None, info).derive(shared)
        self._upward, self._downward = AESGCM(keys[:32]), AESGCM(keys[32:])
        return self

    def seal(self, text: str) -> bytes:
        self.up += 1
        head = struct.pack(">Q", self.up)
        about = f"{self.session}\nup\n{self.up}".encode()
        return head + self._upward.encrypt(bytes(4) + head, text.encode(), about)

    def open(self, frame: bytes) -> str:
        self.down += 1
        head = struct.pack(">Q", self.down)
        assert frame[:8] == head
        about = f"{self.session}\ndown\n{self.down}".encode()
        return self._downward.decrypt(bytes(4) + head, frame[8:], about).decode()


def seal_of(page: Page, purpose: str) -> PageSeal:
    given = page.config["parano"]
    return PageSeal(given["session"], given["key"], purpose)


class SealedCalls:
    """The requests of a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.seal = seal_of(page, f"call {page.config['page']}").finish(None)

    def sealed(self, message: dict[str, Any]) -> bytes:
        return self.seal.seal(json.dumps(message))

    def post(self, body: bytes, *, to: Page | None = None, key: str | None = None, page: Any = None) -> Any:
        config = (to or self.page).config
        number = config["page"] if page is None else page
        return (to or self.page).visitor.http.post(
            f"{config['call']}?tab=here&v=0&key={self.seal.key if key is None else key}&page={number}",
            content=body, headers={"X-CSRFToken": config["csrf"]},
        )  # fmt: skip

    def said(self, answer: Any) -> dict[str, Any]:
        """Return the answer to what was sealed last."""
        assert answer.status_code == 200, answer.text
        self.seal.down = self.seal.up - 1
        said: dict[str, Any] = json.loads(self.seal.open(answer.content))
        return said
