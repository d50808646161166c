"""Whether bytes are text."""

from __future__ import annotations

import codecs
import re

# What browsers take as a sign of something else: https://mimesniff.spec.whatwg.org/#binary-data-byte
_BINARY = bytes([*range(0x09), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20)])
_BINARY_CHARACTER = re.compile(f"[{re.escape(_BINARY.decode())}]")
_UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def is_text(head: bytes, *, is_whole: bool) -> bool:
    """Whether it is UTF-8, or UTF-16 with a byte order mark, without control characters that no text has.

    ``is_whole``: nothing comes after it, so its last character must be complete.
    """
    encoding = utf_16_of(head)
    if encoding is None and len(head.translate(None, _BINARY)) < len(head):
        return False
    try:
        text = codecs.getincrementaldecoder(encoding or "utf-8")().decode(head, is_whole)
    except UnicodeDecodeError:
        return False
    return encoding is None or not _BINARY_CHARACTER.search(text)


def utf_16_of(head: bytes) -> str | None:
    """Return the encoding that a byte order mark of UTF-16 says."""
    return _UTF_16.get(head[:2])
