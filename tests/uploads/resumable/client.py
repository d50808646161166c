"""A client that can be as rude as a broken line."""

from __future__ import annotations

import base64
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.uploads.resumable.site import Site

TUS = {"Tus-Resumable": "1.0.0"}
PATCH = {**TUS, "Content-Type": "application/offset+octet-stream"}


def metadata(**pairs: str) -> str:
    """Return the header Upload-Metadata for these texts."""
    coded = {key: base64.b64encode(text.encode()).decode() for key, text in pairs.items()}
    return ",".join(f"{key} {text}".strip() for key, text in coded.items())


class TusClient:
    """Speaks tus to a site; what it is answered is returned as it is."""

    def __init__(self, site: Site, **headers: str) -> None:
        self.site = site
        without_keeping = httpx.Limits(max_keepalive_connections=0)  # so there is nothing to close
        self.http = httpx.Client(base_url=site.url, headers=headers, timeout=60, limits=without_keeping)

    def create(
        self, length: int | None = None, *, to: str = "/uploads/drop", content: bytes = b"", **headers: str
    ) -> httpx.Response:
        """Begin an upload; keywords are headers, with _ for -."""
        told = {} if length is None else {"Upload-Length": str(length)}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.post(to, headers={**TUS, **told, **named}, content=content)

    def begin(self, length: int, **rest: Any) -> str:
        """Return the address of a new upload."""
        answer = self.create(length, **rest)
        assert answer.status_code == 201, answer.text
        return answer.headers["Location"]

    def patch(self, location: str, offset: int, content: Any, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.patch(
            location, headers={**PATCH, "Upload-Offset": str(offset), **named}, content=content
        )

    def head(self, location: str) -> httpx.Response:
        return self.http.head(location, headers=TUS)

    def offset(self, location: str) -> int:
        answer = self.head(location)
        assert answer.status_code in (200, 204), answer
        return int(answer.headers["Upload-Offset"])

    def delete(self, location: str) -> httpx.Response:
        return self.http.delete(location, headers=TUS)

    def status(self, location: str) -> dict[str, Any]:
        told: dict[str, Any] = self.http.get(location).json()
        return told


@contextmanager
def line(
    site: Site, method: str, target: str, *, length: int, headers: dict[str, str]
) -> Iterator[socket.socket]:
    """Open a connection and send the head of a request whose body is up to the caller."""
    lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {length}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    with socket.create_connection(("127.0.0.1", site.port), timeout=30) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        yield connection


def patch_head(offset: int, **more: str) -> dict[str, str]:
    return {**PATCH, "Upload-Offset": str(offset), **more}
