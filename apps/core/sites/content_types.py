"""The media type that a file is served as."""

from __future__ import annotations

import mimetypes

_ADDED = {
    ".atom": "application/atom+xml",
    ".avif": "image/avif",
    ".js": "text/javascript",
    ".map": "application/json",
    ".md": "text/markdown",
    ".mjs": "text/javascript",
    ".rss": "application/rss+xml",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}
_SAYS_ITS_CHARSET = {"text/html", "text/xml"}

# Python's own table and nothing of this machine's: the same answers everywhere.
_types = mimetypes.MimeTypes()
for _extension, _type in _ADDED.items():
    _types.add_type(_type, _extension)


def content_type_of(name: str) -> str:
    """Return the Content-Type for a file name; text is UTF-8 unless the file itself says its charset.

    A packed file (``.gz``) is served as what it is, not as what it holds.
    """
    media_type, packing = _types.guess_type(name)
    if packing or not media_type:
        return f"application/{packing}" if packing else "application/octet-stream"
    if media_type.startswith("text/") and media_type not in _SAYS_ITS_CHARSET:
        return f"{media_type}; charset=utf-8"
    return media_type
