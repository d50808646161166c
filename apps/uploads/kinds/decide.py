"""What a file is: its first bytes and the extension of its name must say the same."""

from __future__ import annotations

from ..exceptions import TypeMismatch
from .kind import BIN, KINDS, Kind, extension_of, kind_of_name
from .sniff import sniff

_ZIPS = ("docx", "xlsx", "pptx", "ooxml", "odt", "ods", "odp", "epub")
# For what the bytes say: what the name may say as well, because the first bytes cannot tell more, or because
# the one is the other. A name can make it something that runs; what runs stays so under any name.
_MAY_BE: dict[str, frozenset[str]] = {
    "txt": frozenset(kind.name for kind in KINDS if kind.is_text),
    "html": frozenset(("php",)),
    "xml": frozenset(("html",)),
    "ole": frozenset(("doc", "xls", "ppt", "msg", "msi")),
    "ooxml": frozenset(("docx", "xlsx", "pptx", "zip")),
    **{name: frozenset(("zip",)) for name in _ZIPS if name != "ooxml"},
    "zip": frozenset(("jar", "apk")),
    "jar": frozenset(("apk",)),
    "mp4": frozenset(("m4a", "mov")),
    "m4a": frozenset(("mp4",)),
    "webm": frozenset(("mkv",)),
    "opus": frozenset(("ogg",)),
}


def decide(name: str, head: bytes) -> Kind:
    """Return the kind of the file of this name that begins with these bytes (see ``sniff``).

    - A known extension: its kind, if the bytes agree. An empty file agrees with kinds of text alone.
    - No extension: the kind that the bytes say; ``bin`` if they say none.
    - An unknown one, or ``.bin``: ``bin``, whatever the signature, so that a ``.php5`` that begins as a GIF
      is no image; but a page or a program is what it is under any name.

    Raises TypeMismatch.
    """
    named, found = kind_of_name(name), sniff(head)
    if named is None or named is BIN:
        return _without_claim(name, found)
    if found is None and not head and named.is_text:
        return named
    if found is named or (found is not None and named.name in _MAY_BE.get(found.name, ())):
        return named
    raise TypeMismatch(_complaint(name, named, found, is_empty=not head))


def _without_claim(name: str, found: Kind | None) -> Kind:
    if found is None:
        return BIN
    return found if found.is_runnable or not extension_of(name) else BIN


def _complaint(name: str, named: Kind, found: Kind | None, *, is_empty: bool) -> str:
    shown = f"{name!r:.160}"
    if is_empty:
        return f"{shown} is empty, and a file of {named.media_type} never is; send it whole."
    if found is not None:
        wanted = f"name it .{found.extensions[0]}, or " if found.extensions else ""
        return f"{shown} is {found.media_type} by its content; {wanted}send a file of {named.media_type}."
    if named.is_text:
        return f"{shown} is no text in UTF-8; save it as UTF-8, or send a file of {named.media_type}."
    return f"{shown} does not begin as a file of {named.media_type} does; send one that does."
