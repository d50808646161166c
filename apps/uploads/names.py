"""What a file is called: the name that people are shown, and the path of a file in an upload folder.

No path on the disk is ever made of either.
"""

from __future__ import annotations

import re
import unicodedata

from .exceptions import BadName

MAX_NAME = 150
MAX_NAME_BYTES = 255
MAX_PARTS = 8
MAX_PATH = 500
_MAX_EXTENSION = 20
_NAMELESS = "file"

_DROPPED = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
_SPACES = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
_EDGES = _SPACES + "."
# What NFKC makes dots of, or something with a slash in it: U+FF0F is one, and U+2105 is "c/o".
_LOOK_ALIKES = {
    code: unicodedata.normalize("NFKC", chr(code))
    for code in (
        0x2024, 0x2025, 0x2026, 0x2100, 0x2101, 0x2105, 0x2106,
        0xFE19, 0xFE30, 0xFE52, 0xFE68, 0xFF0E, 0xFF0F, 0xFF3C,
    )
}  # fmt: skip
_NOT_ON_WINDOWS = dict.fromkeys(map(ord, '<>"|?*:'), "_")
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file; a device keeps its name with any extension.
_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", "clock$", "conin$", "conout$"]
    + [port + number for port in ("com", "lpt") for number in "0123456789"]
)


def display_name(given: str) -> str:
    """Return the name to keep and show for what a client calls its file: the same again for its own result.

    It is the last part of a path, in NFC, of at most MAX_NAME characters and MAX_NAME_BYTES bytes in UTF-8,
    an extension kept. It has nothing that cannot be seen, no dot in front, no dot or space at its end, and
    nothing that a shell or Windows would take for an option, a stream or a device; it is never empty.
    """
    return _cut(_without_device(_cut(_cleaned(given) or _NAMELESS)))


def folder_path(given: str) -> str:
    """Return, in NFC, the path of a file in an upload folder, its parts parted by ``/``.

    Raises BadName if a part is not as ``display_name`` would have it, or if there are too many.
    """
    if len(given) > MAX_PATH:
        raise BadName(f"The path {given!r:.60}… has {len(given)} characters; at most {MAX_PATH} are taken.")
    parts = given.split("/")
    if len(parts) > MAX_PARTS:
        raise BadName(f"The path {given!r} has {len(parts)} parts; at most {MAX_PARTS} are taken.")
    return "/".join(_require_part(part, given) for part in parts)


def _require_part(part: str, path: str) -> str:
    if part in ("", ".", ".."):
        raise BadName(f"The path {path!r} has a part {part!r}; each must be the name of a folder or file.")
    whole, shown = unicodedata.normalize("NFC", part), display_name(part)
    if whole != shown:
        raise BadName(f"The path {path!r} has a part {part!r} that is no name here; it could be {shown!r}.")
    return whole


def _cleaned(given: str) -> str:
    seen = "".join(character for character in given if unicodedata.category(character) not in _DROPPED)
    last = re.split(r"[/\\]", seen.translate(_LOOK_ALIKES))[-1]
    name = unicodedata.normalize("NFC", last).translate(_NOT_ON_WINDOWS).strip(_EDGES)
    return f"_{name[1:]}" if name.startswith("-") else name


def _without_device(name: str) -> str:
    # Compatibility forms count as well: Windows knows a COM¹.
    stem = unicodedata.normalize("NFKC", name.partition(".")[0]).strip().lower()
    return f"_{name}" if stem in _DEVICES else name


def _cut(name: str) -> str:
    if _fits(name):
        return name
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension) > _MAX_EXTENSION:
        stem, dot, extension = name, "", ""
    kept = dot + extension
    short = stem[: MAX_NAME - len(kept)].encode()[: MAX_NAME_BYTES - len(kept.encode())]
    return (short.decode(errors="ignore") + kept).rstrip(_EDGES)


def _fits(name: str) -> bool:
    return len(name) <= MAX_NAME and len(name.encode()) <= MAX_NAME_BYTES
