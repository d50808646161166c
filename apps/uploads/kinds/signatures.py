"""The signatures that begin files, as each format's own text has them."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import groupby

from .boxes import ebml_name, media_box_name, ogg_name, riff_name
from .plain_text import is_text
from .zip_family import zip_name

Reader = Callable[[bytes], str | None]


def signature_name(head: bytes) -> str | None:
    """Return the name of the kind whose signature begins these bytes; None if there is none."""
    for signature, found in _BY_FIRST_BYTE.get(head[:1], ()):
        if head.startswith(signature):
            name = found if isinstance(found, str) else found(head)
            if name is not None:
                return name
    return _name_by_what_is_inside(head)


def _name_by_what_is_inside(head: bytes) -> str | None:
    if head[257:262] == b"ustar":
        return "tar"
    return media_box_name(head)


def _if(name: str, pattern: bytes) -> Reader:
    """Short signatures begin much else: what follows them must fit, too."""
    compiled = re.compile(pattern, re.DOTALL)
    return lambda head: name if compiled.match(head) else None


def _exe_name(head: bytes) -> str | None:
    return None if is_text(head, is_whole=False) else "exe"


def _frame_name(head: bytes) -> str | None:
    """MP3 (layer III, with a bit rate and a sampling rate that there are) or AAC: both begin with ones."""
    if len(head) < 3:
        return None
    if head[1] & 0xF6 == 0xF0:
        return "aac"
    is_layer_3 = head[1] & 0xE6 == 0xE2 and head[1] & 0x18 != 0x08
    has_rates = head[2] >> 4 not in (0, 15) and head[2] & 0x0C != 0x0C
    return "mp3" if is_layer_3 and has_rates else None


def _cafebabe_name(head: bytes) -> str:
    """Classes of Java have a version from 45 where Mach-O files of several machines have their number."""
    return "class" if int.from_bytes(head[4:8], "big") >= 45 else "macho"


_SIGNATURES: list[tuple[bytes, str | Reader]] = [
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"RIFF", riff_name),
    (b"BM", _if("bmp", rb"BM....\x00\x00\x00\x00....[\x0c\x28\x34\x38\x40\x6c\x7c]\x00\x00\x00")),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"\0\0\1\0", _if("ico", rb"\x00\x00\x01\x00[^\x00]\x00...\x00")),
    (b"8BPS", _if("psd", rb"8BPS\x00[\x01\x02]")),
    (b"%PDF-", "pdf"),
    (b"%!PS", "ps"),
    (b"\xc5\xd0\xd3\xc6", "ps"),
    (b"{\\rtf", "rtf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"PK\3\4", zip_name),
    (b"PK\5\6", "zip"),
    (b"PK\7\x08PK\3\4", "zip"),
    (b"\x1f\x8b\x08", "gz"),
    (b"BZh", _if("bz2", rb"BZh[1-9](?:1AY&SY|\x17\x72\x45\x38\x50\x90)")),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zst"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\7", "rar"),
    (b"ID3", _if("mp3", rb"ID3[\x02-\x04]")),
    (b"\xff", _frame_name),
    (b"OggS", ogg_name),
    (b"fLaC", _if("flac", rb"fLaC[\x00\x80]\x00\x00\x22")),
    (b"MThd", _if("mid", rb"MThd\x00\x00\x00\x06")),
    (b"\x1a\x45\xdf\xa3", ebml_name),
    (b"\0\0\1\xba", "mpeg"),
    (b"\0\0\1\xb3", "mpeg"),
    (b"\0\1\0\0", _if("ttf", rb"\x00\x01\x00\x00\x00[^\x00]")),
    (b"true\0", "ttf"),
    (b"OTTO\0", "otf"),
    (b"wOFF", _if("woff", rb"wOFF(?:\x00\x01\x00\x00|OTTO|true)")),
    (b"wOF2", _if("woff2", rb"wOF2(?:\x00\x01\x00\x00|OTTO|true)")),
    (b"SQLite format 3\0", "sqlite"),
    (b"\x7fELF", "elf"),
    (b"MZ", _exe_name),
    (b"\xca\xfe\xba\xbe", _cafebabe_name),
    (b"\xfe\xed\xfa\xce", "macho"),
    (b"\xfe\xed\xfa\xcf", "macho"),
    (b"\xce\xfa\xed\xfe", "macho"),
    (b"\xcf\xfa\xed\xfe", "macho"),
    (b"\0asm", "wasm"),
]  # fmt: skip
# The sort is stable: signatures of the same first byte are tried in the order of the table.
_BY_FIRST_BYTE = {
    first: tuple(rows)
    for first, rows in groupby(sorted(_SIGNATURES, key=lambda row: row[0][:1]), key=lambda row: row[0][:1])
}
