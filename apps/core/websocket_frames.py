"""The frames that nearly all messages travel in (RFC 6455, section 5.2): whole, short, and text.

Autobahn, which Daphne uses, walks through every frame with a dozen calls and formats lines for its log
meanwhile, also when nobody reads it; that is most of the price of a small message.
"""

from __future__ import annotations

import struct

_TEXT = 0x81
_BINARY = 0x82
_MASKED = 0x80
_HEAD = 6
"""Bytes before the payload of a short masked frame: two, and four of the mask."""


def take_texts(data: bytes, *, most: int) -> tuple[list[bytes], bytes]:
    """Split what came in into the payloads of the leading frames of this kind, and the rest.

    Such a frame is masked, final, without extensions, shorter than 126 bytes and at most ``most``, and
    valid UTF-8. The rest begins with the first byte that is not part of one.
    """
    payloads = []
    start, size = 0, len(data)
    while size - start >= _HEAD and data[start] == _TEXT:
        length = data[start + 1] - _MASKED
        end = start + _HEAD + length
        if not 0 <= length < 126 or length > most or end > size:
            break
        payload = _unmasked(data[start + _HEAD : end], data[start + 2 : start + _HEAD])
        if not _is_utf8(payload):
            break
        payloads.append(payload)
        start = end
    return payloads, data[start:]


def frame(payload: bytes, *, binary: bool) -> bytes:
    """Return the one frame that carries a message of the server."""
    size = len(payload)
    kind = _BINARY if binary else _TEXT
    if size < 126:
        head = bytes((kind, size))
    elif size < 2**16:
        head = struct.pack("!BBH", kind, 126, size)
    else:
        head = struct.pack("!BBQ", kind, 127, size)
    return head + payload


def _unmasked(data: bytes, mask: bytes) -> bytes:
    size = len(data)
    pad = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(data, "big") ^ int.from_bytes(pad, "big")).to_bytes(size, "big")


def _is_utf8(payload: bytes) -> bool:
    try:
        payload.decode()
    except UnicodeDecodeError:
        return False
    return True
