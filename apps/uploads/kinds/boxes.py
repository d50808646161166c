"""Formats of sound and video that share a container: what is said in its first bytes."""

from __future__ import annotations

_RIFF = {b"WEBP": "webp", b"WAVE": "wav", b"AVI ": "avi"}
_OGG = {b"OpusHead": "opus", b"\x80theora": "ogv"}
# Brands: https://mp4ra.org/registered-types/brands
_BRANDS = {
    b"avif": "avif", b"avis": "avif",
    b"heic": "heic", b"heix": "heic", b"heim": "heic", b"heis": "heic", b"hevc": "heic", b"hevx": "heic",
    b"qt  ": "mov",
    b"M4A ": "m4a", b"M4B ": "m4a", b"M4P ": "m4a",
    b"isom": "mp4", b"iso2": "mp4", b"iso3": "mp4", b"iso4": "mp4", b"iso5": "mp4", b"iso6": "mp4",
    b"mp41": "mp4", b"mp42": "mp4", b"avc1": "mp4", b"M4V ": "mp4", b"MSNV": "mp4", b"dash": "mp4",
}  # fmt: skip
_IMAGE_OF_ANY_CODEC = (b"mif1", b"msf1")
_OLD_QUICKTIME = (b"moov", b"mdat", b"wide", b"free", b"skip")


def riff_name(head: bytes) -> str | None:
    """Return the kind of a RIFF file by its form."""
    return _RIFF.get(head[8:12])


def ogg_name(head: bytes) -> str:
    """Return the kind of an Ogg file by the first packet of its first page."""
    packet = head[28:36]
    return next((name for begin, name in _OGG.items() if packet.startswith(begin)), "ogg")


def ebml_name(head: bytes) -> str | None:
    """Return the kind of a Matroska file by its document type."""
    at = head.find(b"\x42\x82", 0, 64)
    if at < 0:
        return None
    document_type = head[at + 3 : at + 11]
    return "webm" if document_type.startswith(b"webm") else "mkv" if document_type == b"matroska" else None


def media_box_name(head: bytes) -> str | None:
    """Return the kind of a file of the MP4 family: by the first brand that is known, the major one first."""
    if head[4:8] != b"ftyp":
        return "mov" if head[4:8] in _OLD_QUICKTIME and head[:1] == b"\0" else None
    end = min(int.from_bytes(head[:4], "big"), len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, end, 4))]
    named = (_BRANDS[brand] for brand in brands if brand in _BRANDS)
    return next(named, "heic" if brands[0] in _IMAGE_OF_ANY_CODEC else None)
