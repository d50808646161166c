"""The beginning of a real file of each kind: what programs write, or the least that readers take."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sqlite3
import struct
import tarfile
import wave
import zipfile
import zlib

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Type/Catalog>>\nendobj\n"
GIF = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + b"\x3e\0\x03\0\xfe\xff\x09\0" + bytes(480)
PE = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0\xb8" + bytes(43) + b"\x80\0\0\0" + bytes(64) + b"PE\0\0d\x86"


def zipped(*entries: tuple[str, str], is_stream: bool = False) -> bytes:
    """A ZIP archive; of a stream, the sizes of its entries come after them."""
    written = io.BytesIO()
    stream = _Unseekable(written) if is_stream else written
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in entries:
            how = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name), text, how)
    return written.getvalue()


class _Unseekable(io.RawIOBase):
    def __init__(self, into: io.BytesIO) -> None:
        self._into = into

    def writable(self) -> bool:
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        return self._into.write(data)


def ftyp(*brands: bytes) -> bytes:
    """The first box of a file of the MP4 family: the major brand, then those that it is compatible with."""
    body = brands[0] + bytes(4) + b"".join(brands)
    return struct.pack(">I", 8 + len(body)) + b"ftyp" + body + b"\0\0\0\x08mdat"


def ogg(packet: bytes) -> bytes:
    return b"OggS\0\x02" + bytes(20) + b"\x01" + bytes([len(packet)]) + packet


def ebml(document_type: bytes) -> bytes:
    head = b"\x42\x86\x81\x01\x42\x82" + bytes([0x80 | len(document_type)]) + document_type
    return b"\x1a\x45\xdf\xa3" + bytes([0x80 | len(head)]) + head


def office(folder: str, *, is_stream: bool = False) -> bytes:
    names = ("[Content_Types].xml", "_rels/.rels", f"{folder}/main.xml")
    return zipped(*((name, "<a/>" * 40) for name in names), is_stream=is_stream)


def mimetype(text: str) -> bytes:
    return zipped(("mimetype", text), ("content.xml", "<a/>"))


def _png() -> bytes:
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0\0")),
        (b"IEND", b""),
    )
    made = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(made)


def _wav() -> bytes:
    written = io.BytesIO()
    with wave.open(written, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(b"\0\1" * 8)
    return written.getvalue()


def _tar() -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.txt"))
    return written.getvalue()


def _sqlite() -> bytes:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE a (b)")
    whole = database.serialize()
    database.close()
    return whole


_ODF = "application/vnd.oasis.opendocument."
BINARY: dict[str, bytes] = {
    "png": _png(),
    "jpg": b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0",
    "gif": GIF,
    "webp": b"RIFF\x1a\0\0\0WEBPVP8L\r\0\0\0",
    "avif": ftyp(b"avif", b"mif1", b"miaf"),
    "heic": ftyp(b"heic", b"mif1"),
    "bmp": b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\1\0\0\0\1\0\0\0\1\0\x18\0" + bytes(28),
    "tiff": b"II*\0\x08\0\0\0\0\0",
    "ico": b"\0\0\1\0\1\0\x10\x10\0\0\1\0\x20\0\x68\4\0\0\x16\0\0\0",
    "psd": b"8BPS\0\1" + bytes(6) + b"\0\3\0\0\0\1\0\0\0\1\0\x08\0\3",
    "pdf": PDF,
    "docx": office("word"),
    "xlsx": office("xl"),
    "pptx": office("ppt"),
    "ooxml": zipped(("[Content_Types].xml", "<Types/>"), ("_rels/.rels", "<a/>")),
    "odt": mimetype(_ODF + "text"),
    "ods": mimetype(_ODF + "spreadsheet"),
    "odp": mimetype(_ODF + "presentation"),
    "epub": mimetype("application/epub+zip"),
    "rtf": b"{\\rtf1\\ansi Hello}",
    "ole": OLE,
    "ps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n",
    "zip": zipped(("a.txt", "hello"), ("b/c.txt", "hello")),
    "gz": gzip.compress(b"hello"),
    "bz2": bz2.compress(b"hello"),
    "xz": lzma.compress(b"hello"),
    "zst": b"\x28\xb5\x2f\xfd\x04\x58\x29\0\0hello",
    "7z": b"7z\xbc\xaf\x27\x1c\0\4",
    "rar": b"Rar!\x1a\7\1\0",
    "tar": _tar(),
    "mp3": b"\xff\xfb\x90\x64" + bytes(413),
    "wav": _wav(),
    "ogg": ogg(b"\x01vorbis" + bytes(23)),
    "opus": ogg(b"OpusHead\1\2" + bytes(9)),
    "flac": b"fLaC\0\0\0\x22\x10\0\x10\0",
    "m4a": ftyp(b"M4A ", b"mp42", b"isom"),
    "aac": b"\xff\xf1\x50\x80\x02\x1f\xfc",
    "mid": b"MThd\0\0\0\6\0\1\0\1\0\x60MTrk",
    "mp4": ftyp(b"isom", b"iso2", b"avc1", b"mp41"),
    "mov": ftyp(b"qt  "),
    "webm": ebml(b"webm"),
    "mkv": ebml(b"matroska"),
    "avi": b"RIFF\0\1\0\0AVI LIST",
    "mpeg": b"\0\0\1\xba\x44\0\4\0\4\1",
    "ogv": ogg(b"\x80theora\3\2\1"),
    "ttf": b"\0\1\0\0\0\x0b\0\x80\0\3\0\x30",
    "otf": b"OTTO\0\x0b\0\x80\0\3\0\x30",
    "woff": b"wOFF\0\1\0\0\0\0\1\0\0\x0b\0\0",
    "woff2": b"wOF2\0\1\0\0\0\0\1\0\0\x0b\0\0",
    "elf": b"\x7fELF\2\1\1" + bytes(9) + b"\3\0\x3e\0",
    "exe": PE,
    "macho": b"\xcf\xfa\xed\xfe\7\0\0\1\3\0\0\0\2\0\0\0",
    "class": b"\xca\xfe\xba\xbe\0\0\0\x34\0\x10",
    "jar": zipped(("META-INF/MANIFEST.MF", "Manifest-Version: 1.0"), ("A.class", "x")),
    "apk": zipped(("AndroidManifest.xml", "x"), ("classes.dex", "x")),
    "wasm": b"\0asm\1\0\0\0",
    "sqlite": _sqlite(),
}  # fmt: skip
MARKUP: dict[str, bytes] = {
    "html": b"<!DOCTYPE html>\n<html lang=en><title>Hello</title>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>',
    "xml": b'<?xml version="1.0"?>\n<note>Hello</note>',
}
# Kinds that only a name tells from other text.
TEXT: dict[str, bytes] = {
    "txt": b"Hello\n",
    "md": b"# Hello\n\n<b>there</b>\n",
    "csv": b"a;b\n1;2\n",
    "tsv": b"a\tb\n1\t2\n",
    "json": b'{"a": [1, "<html>"]}',
    "yaml": b"a:\n- b\n",
    "toml": b"[a]\nb = 1\n",
    "ics": b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
    "vcf": b"BEGIN:VCARD\r\nEND:VCARD\r\n",
    "eml": b"From: a@example.org\r\n\r\nHello\r\n",
    "css": b"body { color: red }",
    "js": b"document.write('<script>')",
    "py": b"print('hello')\n",
    "php": b"<?php echo 1;",
    "sh": b"#!/bin/sh\nexit 0\n",
    "bat": b"@echo off\r\n",
    "ps1": b"Write-Host 1\r\n",
}
# Kinds that begin as old office files do.
OLD_OFFICE = dict.fromkeys(("doc", "xls", "ppt", "msg", "msi"), OLE)
