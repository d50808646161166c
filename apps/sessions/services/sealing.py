"""What a page in parano mode and this server say to each other, encrypted: see ``parano.js``, its other side.

A session has a key that any web process finds again: it follows from SECRET_KEY and the session's id. Pages
know its public half. A socket or a stream has keys of its own on both sides besides, which nobody keeps; a
page's requests have one of the page.
"""

from __future__ import annotations

import base64
import binascii
import functools
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.crypto import salted_hmac

from ..exceptions import AppNotReady, SealBroken

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_SALT = "smallweb.sessions.parano"
_HEAD = struct.Struct(">Q")
_KEY_BYTES = 32


@functools.cache
def _means() -> Any:
    """Return the package's parts. Raises AppNotReady where it is not installed."""
    try:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.asymmetric import x25519
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF
    except ImportError as error:
        raise AppNotReady(
            "parano needs the package cryptography; type: pip install 'django-smallweb[parano]'"
        ) from error
    return _Means(x25519, AESGCM, SHA256, HKDF, InvalidTag)


@dataclass(frozen=True)
class _Means:
    x25519: Any
    AESGCM: Any
    SHA256: Any
    HKDF: Any
    InvalidTag: Any


def public_key(session_id: str) -> str:
    """Return the session's key, as its pages are told it. Raises AppNotReady without the package."""
    return _text_of(_private_key(session_id).public_key().public_bytes_raw())


@functools.lru_cache(maxsize=1024)
def _private_key(session_id: str) -> Any:
    secret = salted_hmac(_SALT, session_id, algorithm="sha256").digest()
    return _means().x25519.X25519PrivateKey.from_private_bytes(secret)


class Seal:
    """Both directions of one connection; ``down`` and ``up`` are the numbers of the last frames."""

    def __init__(self, session_id: str, upward: AESGCM, downward: AESGCM) -> None:
        self._session_id = session_id
        self._upward = upward
        self._downward = downward
        self.up = 0
        self.down = 0

    def seal(self, data: bytes) -> bytes:
        """Return the next frame for the page."""
        self.down += 1
        nonce, about = self._about("down", self.down)
        return nonce[4:] + self._downward.encrypt(nonce, data, about)

    def open(self, frame: bytes, *, may_leave_out: bool = False) -> bytes:
        """Return what the page has sealed.

        Raises SealBroken for what the page did not send, for another session, sent before, or not in this
        order; ``may_leave_out``: frames may be missing.
        """
        number = _HEAD.unpack_from(frame)[0] if len(frame) >= _HEAD.size else 0
        if number <= self.up or not (may_leave_out or number == self.up + 1):
            raise SealBroken("The message is not the next one of this connection.")
        nonce, about = self._about("up", number)
        try:
            data = self._upward.decrypt(nonce, frame[_HEAD.size :], about)
        except _means().InvalidTag as error:
            raise SealBroken("The message is not one that this page has encrypted.") from error
        self.up = number
        return data

    def _about(self, direction: str, number: int) -> tuple[bytes, bytes]:
        return bytes(4) + _HEAD.pack(number), f"{self._session_id}\n{direction}\n{number}".encode()


def seal_of_connection(session_id: str, purpose: str, page_key: str) -> tuple[Seal, str]:
    """Return the seal of a new ``socket``, or stream of ``pushes``, and the key of ours that the page must be
    told first. Raises SealBroken for a key that is none.
    """
    own = _means().x25519.X25519PrivateKey.generate()
    own_key = own.public_key().public_bytes_raw()
    return _seal(session_id, purpose, page_key, own, own_key), _text_of(own_key)


def seal_of_requests(session_id: str, page: str, page_key: str) -> Seal:
    """Return the seal of a page's requests, in the state of the first. Raises SealBroken for a bad key."""
    return _seal(session_id, f"call {page}", page_key, None, b"")


def _seal(session_id: str, purpose: str, page_key: str, own: Any, own_key: bytes) -> Seal:
    means = _means()
    session_key = _private_key(session_id)
    their = _bytes_of(page_key)
    try:
        theirs = means.x25519.X25519PublicKey.from_public_bytes(their)
        secret = session_key.exchange(theirs) + (own.exchange(theirs) if own is not None else b"")
    except ValueError as error:
        raise SealBroken("The page's key is none.") from error
    words = f"smallweb parano 1\n{session_id}\n{purpose}\n".encode()
    info = words + their + session_key.public_key().public_bytes_raw() + own_key
    keys = means.HKDF(means.SHA256(), 2 * _KEY_BYTES, bytes(32), info).derive(secret)
    return Seal(session_id, means.AESGCM(keys[:_KEY_BYTES]), means.AESGCM(keys[_KEY_BYTES:]))


def _text_of(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes_of(text: str) -> bytes:
    try:
        data = base64.b64decode(f"{text}{'=' * (-len(text) % 4)}", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise SealBroken("The page's key is none.") from error
    if len(data) != _KEY_BYTES:
        raise SealBroken("The page's key is none.")
    return data


def event_of(data: bytes) -> bytes:
    """Return a server-sent event of bytes."""
    return b"data: " + base64.urlsafe_b64encode(data) + b"\n\n"
