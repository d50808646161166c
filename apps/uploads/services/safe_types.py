"""The media type that a stranger's file is served as: one that no browser runs or program takes for ours."""

from __future__ import annotations

import re

ANY = "application/octet-stream"
TEXT = "text/plain; charset=utf-8"
# Programs of this site read application/json as an answer of its own.
JSON = "application/json; charset=utf-8"

_AS_THEY_ARE = frozenset(
    f"image/{name}"
    for name in ("png", "jpeg", "gif", "webp", "avif", "heic", "heif", "bmp", "tiff", "x-icon")
) | {"application/pdf", "application/zip"}  # fmt: skip
_SOUND_OR_FILM = re.compile(r"(?:audio|video)/[a-z0-9][a-z0-9.+-]{0,60}")
_WRITTEN = re.compile(r"text/.*|.*\+(?:xml|json)|application/(?:(?:x-)?javascript|xml|.*-sh)")


def safe_type(content_type: str) -> str:
    """Return what to serve a file of this type as: pictures of pixels, sound, film, PDF and ZIP as what they
    are, all that is text, pages and scripts among it, as plain text, everything else as unknown bytes.
    """
    bare = content_type.partition(";")[0].strip().lower()
    if bare in _AS_THEY_ARE or _SOUND_OR_FILM.fullmatch(bare):
        return bare
    if bare == "application/json":
        return JSON
    return TEXT if _WRITTEN.fullmatch(bare) else ANY
