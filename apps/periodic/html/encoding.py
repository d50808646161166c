"""The encoding of a page, and values in it."""

from __future__ import annotations

import codecs
import re

from ..exceptions import PageNotDecodable
from .tokens import TOKEN, attribute_value, find_attribute

_PRESCAN_BYTES = 1024
_DECLARED = re.compile(rb"charset[\t\n\f\r ]*=[\t\n\f\r ]*[\"']?([^\t\n\f\r \"';]+)", re.IGNORECASE)
_NOT_SCALAR = re.compile("[\0\ud800-\udfff]")
_C1 = re.compile("[\x80-\x9f]")

_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gbk",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "utf-16": "utf-8",
    "utf-16-le": "utf-8",
    "utf-16-be": "utf-8",
}
"""What browsers mean by a label, where it is not the codec of that name: https://encoding.spec.whatwg.org/"""
_LABELS = {
    "unicode-1-1-utf-8": "utf-8",
    "windows-31j": "cp932",
    "windows-949": "cp949",
    "windows-874": "cp874",
    "dos-874": "cp874",
    "iso-8859-8-i": "iso8859-8",
    "koi": "koi8-r",
    "koi8": "koi8-r",
    "mac": "mac-roman",
    "x-mac-ukrainian": "mac-cyrillic",
}
"""Labels that Python has no codec by."""
_KNOWN = frozenset(
    [
        "utf-8",
        "cp866",
        "cp874",
        "cp1250",
        "cp1251",
        "cp1252",
        "cp1253",
        "cp1254",
        "cp1255",
        "cp1256",
        "cp1257",
        "cp1258",
        "iso8859-2",
        "iso8859-3",
        "iso8859-4",
        "iso8859-5",
        "iso8859-6",
        "iso8859-7",
        "iso8859-8",
        "iso8859-10",
        "iso8859-13",
        "iso8859-14",
        "iso8859-15",
        "iso8859-16",
        "koi8-r",
        "koi8-u",
        "mac-roman",
        "mac-cyrillic",
        "gbk",
        "gb18030",
        "big5hkscs",
        "euc_jp",
        "cp932",
        "cp949",
    ]
)
_SHIFTED = re.compile(rb"iso-?2022-|csiso2022|^hz-", re.IGNORECASE)


def page_encoding(page: bytes) -> str:
    """Return the name of the codec that browsers read this page with.

    A byte order mark decides, then a ``<meta>`` in the first 1024 bytes, then whether the bytes are
    UTF-8; what is left is windows-1252. Raises PageNotDecodable for encodings in which the bytes of
    a tag may mean something else.
    """
    if page.startswith(codecs.BOM_UTF8):
        return "utf-8"
    if page.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)) or b"\0" in page[:4]:
        raise PageNotDecodable("The page is in UTF-16 or UTF-32; save it as UTF-8.")
    label = _declared_label(page[:_PRESCAN_BYTES])
    if label and _SHIFTED.search(label):
        raise PageNotDecodable(f"The page is in {label.decode('latin-1')}; save it as UTF-8.")
    return (_codec_name(label) if label else "") or _guess(page)


def encode_text(text: str, encoding: str) -> bytes:
    """Return the text in this encoding, with numeric references for the characters that it lacks.

    NUL and lone surrogates, which no page can hold, become U+FFFD.
    """
    text = _NOT_SCALAR.sub("\ufffd", text)
    if encoding != "utf-8":
        text = _C1.sub("\ufffd", text)
    return text.encode(encoding, "xmlcharrefreplace")


def has_all_characters(text: str, encoding: str) -> bool:
    """Return whether the encoding has every character of this text."""
    try:
        _NOT_SCALAR.sub("?", text).encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _declared_label(head: bytes) -> bytes:
    for match in TOKEN.finditer(head):
        if match[2] is None or match[1] or match[2].lower() != b"meta":
            continue
        charset = find_attribute(match[3], b"charset")
        if charset is not None:
            return attribute_value(charset).strip()
        kind, content = find_attribute(match[3], b"http-equiv"), find_attribute(match[3], b"content")
        if kind is None or content is None or attribute_value(kind).lower() != b"content-type":
            continue
        declared = _DECLARED.search(attribute_value(content))
        if declared:
            return declared[1]
    return b""


def _codec_name(label: bytes) -> str:
    """Return the codec for a label, or "" if browsers do not know the label."""
    text = label.decode("latin-1").lower()
    text = re.sub(r"^iso(8859)(\d)", r"iso-\1-\2", text.removeprefix("cs"))
    text = _LABELS.get(text) or text.removeprefix("x-")
    try:
        name = codecs.lookup(text).name
    except (LookupError, ValueError):
        return ""
    name = _SUPERSETS.get(name, name)
    return name if name in _KNOWN else ""


def _guess(page: bytes) -> str:
    try:
        page.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"
