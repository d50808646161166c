"""Formats that are ZIP archives: told by the names of the first files in them."""

from __future__ import annotations

import struct
from collections.abc import Iterator

_ENTRY = b"PK\3\4"
# https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.7: flags, two sizes, two lengths.
_FIELDS = struct.Struct("<6xH10xIxxxxHH")
_SIZE_COMES_LATER = 0x08
_MEDIA_TYPES = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
    b"application/vnd.oasis.opendocument.presentation": "odp",
    b"application/epub+zip": "epub",
}
_BEGINS = {
    b"word/": "docx", b"xl/": "xlsx", b"ppt/": "pptx",
    b"AndroidManifest.xml": "apk", b"classes.dex": "apk",
}  # fmt: skip
# What the names of several kinds have, by which is left when nothing else is seen.
_WEAK = {b"META-INF/": "jar", b"[Content_Types].xml": "ooxml", b"_rels/.rels": "ooxml"}


def zip_name(head: bytes) -> str:
    """Return the kind of a ZIP archive by those of its entries that lie in the head; ``zip`` for others."""
    entries = list(_entries(head))
    if entries and entries[0][0] == b"mimetype":
        kind = _MEDIA_TYPES.get(entries[0][1].strip())
        if kind is not None:
            return kind
    for table in (_BEGINS, _WEAK):
        for name, _ in entries:
            for begin, kind in table.items():
                if name.startswith(begin):
                    return kind
    return "zip"


def _entries(head: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield names and what follows them, as stored, of the entries one after the other.

    Where the size of one comes after it, the next one is searched for.
    """
    at = 0
    while head.startswith(_ENTRY, at) and len(head) >= at + 30:
        flags, size, name_length, extra_length = _FIELDS.unpack_from(head, at)
        begin = at + 30 + name_length + extra_length
        yield head[at + 30 : at + 30 + name_length], head[begin : begin + size]
        at = head.find(_ENTRY, begin) if flags & _SIZE_COMES_LATER and not size else begin + size
        if at < 0:
            return
