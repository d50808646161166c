from __future__ import annotations

import pytest

from smallweb.core.sites.content_types import content_type_of


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("index.html", "text/html"),
        ("INDEX.HTM", "text/html"),
        ("feed.xml", "text/xml"),
        ("style.css", "text/css; charset=utf-8"),
        ("notes.txt", "text/plain; charset=utf-8"),
        ("live.js", "text/javascript; charset=utf-8"),
        ("module.mjs", "text/javascript; charset=utf-8"),
        ("data.json", "application/json"),
        ("logo.svg", "image/svg+xml"),
        ("photo.webp", "image/webp"),
        ("font.woff2", "font/woff2"),
        ("app.webmanifest", "application/manifest+json"),
        ("archive.tar.gz", "application/gzip"),
        ("page.html.br", "application/br"),
        ("unknown.zzz", "application/octet-stream"),
        ("noextension", "application/octet-stream"),
    ],
)
def test_a_file_is_served_as_what_it_is(name: str, content_type: str) -> None:
    assert content_type_of(name) == content_type
