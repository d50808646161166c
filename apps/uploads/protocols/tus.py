"""tus 1.0.0, the protocol for resumable uploads (tus.io), with its extensions."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.http import http_date

from ...core.http.refusal import Refusal
from ..exceptions import BadHeader
from ..models import Upload
from ..services.intake import Checksum
from ..services.resumable import Addition, Announced
from .fields import Headers, bytes_of, media_type, number, refuses_content, wanted
from .metadata import read_metadata

VERSION = "1.0.0"
MEDIA_TYPE = "application/offset+octet-stream"
EXTENSIONS = (
    "creation", "creation-with-upload", "creation-defer-length", "expiration", "checksum", "termination",
    "concatenation",
)  # fmt: skip
ALGORITHMS = ("sha1", "sha256")
HEADERS = (
    "Tus-Resumable", "Tus-Version", "Tus-Extension", "Tus-Max-Size", "Tus-Checksum-Algorithm",
    "Upload-Length", "Upload-Defer-Length", "Upload-Offset", "Upload-Metadata", "Upload-Concat",
    "Upload-Checksum", "Upload-Expires",
)  # fmt: skip
_UUID_AT_END = re.compile(r"(?:^|/)([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/?", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Creation:
    """``addition``: what the body adds at once; None without."""

    announced: Announced
    addition: Addition | None


def is_meant(headers: Headers) -> bool:
    return "Tus-Resumable" in headers


def require_version(headers: Headers) -> None:
    """Raise Refusal 412 for another version of the protocol, or none."""
    given = headers.get("Tus-Resumable")
    if given != VERSION:
        text = f"Tus-Resumable is {given!r:.40}; this speaks {VERSION}."
        raise Refusal(412, "unsupported_version", text, headers={"Tus-Version": VERSION})


def read_creation(headers: Headers) -> Creation:
    """Read what begins an upload. Raises Refusal, BadHeader."""
    require_version(headers)
    concat, parts = _concat(headers.get("Upload-Concat"))
    length = _length(headers, is_final=concat == Upload.Concat.FINAL)
    metadata = read_metadata(headers.get("Upload-Metadata", ""))
    announced = Announced(
        protocol=Upload.Protocol.TUS,
        name=metadata.name,
        content_type=metadata.content_type,
        text=metadata.text,
        metadata=headers.get("Upload-Metadata", ""),
        length_bytes=length,
        concat=concat,
        parts=parts,
    )
    return Creation(announced=announced, addition=_first_addition(headers))


def read_addition(headers: Headers) -> Addition:
    """Read what a PATCH adds. Raises Refusal, BadHeader."""
    require_version(headers)
    _require_type(headers)
    return Addition(
        offset=wanted("Upload-Offset", number(headers, "Upload-Offset")),
        size_bytes=number(headers, "Content-Length"),
        length_bytes=number(headers, "Upload-Length"),
        checksum=_checksum(headers),
    )


def answer_headers(upload: Upload, *, offset: int | None = None, now: datetime) -> dict[str, str]:
    """Return what answers tell of an upload."""
    headers = {"Tus-Resumable": VERSION}
    if offset is not None:
        headers["Upload-Offset"] = str(offset)
    if upload.expires_at is not None and upload.received_at is None and not upload.is_over:
        headers["Upload-Expires"] = http_date(upload.expires_at.timestamp())
    return headers


def described(upload: Upload, *, locations: Sequence[str]) -> dict[str, str]:
    """Return what HEAD tells besides; ``locations``: of the parts."""
    headers = {"Upload-Metadata": upload.metadata} if upload.metadata else {}
    if upload.length_bytes is None:
        headers["Upload-Defer-Length"] = "1"
    else:
        headers["Upload-Length"] = str(upload.length_bytes)
    if upload.concat == Upload.Concat.PARTIAL:
        headers["Upload-Concat"] = "partial"
    elif upload.concat == Upload.Concat.FINAL:
        headers["Upload-Concat"] = f"final;{' '.join(locations)}"
    return headers


def discovery(*, max_bytes: int) -> Mapping[str, str]:
    """Return what OPTIONS tells."""
    return {
        "Tus-Resumable": VERSION,
        "Tus-Version": VERSION,
        "Tus-Extension": ",".join(EXTENSIONS),
        "Tus-Max-Size": str(max_bytes),
        "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
    }


def _length(headers: Headers, *, is_final: bool) -> int | None:
    length, deferred = number(headers, "Upload-Length"), headers.get("Upload-Defer-Length")
    if is_final:
        if length is not None or deferred is not None:
            raise BadHeader("An upload that is joined of parts has their length; leave out Upload-Length.")
        return None
    if deferred not in (None, "1"):
        raise BadHeader(f"Upload-Defer-Length is {deferred!r:.40}; it can only be 1.")
    if (length is None) == (deferred is None):
        raise BadHeader("Send either Upload-Length or Upload-Defer-Length: 1.")
    return length


def _concat(given: str | None) -> tuple[Upload.Concat, tuple[uuid.UUID, ...]]:
    if given is None:
        return Upload.Concat.NONE, ()
    kind, _, urls = given.partition(";")
    if given.strip() == "partial":
        return Upload.Concat.PARTIAL, ()
    if kind.strip() != "final":
        raise BadHeader(f"Upload-Concat is {given!r:.80}; it must be partial, or final; and the parts.")
    return Upload.Concat.FINAL, tuple(_uuid_in(url) for url in urls.split())


def _uuid_in(url: str) -> uuid.UUID:
    """Return the uuid that an address ends with, without its query."""
    found = _UUID_AT_END.search(url.partition("?")[0].lower()[-60:])
    if found is None:
        raise BadHeader(f"Upload-Concat names {url!r:.120}, which is the address of no upload.")
    return uuid.UUID(found[1])


def _first_addition(headers: Headers) -> Addition | None:
    if media_type(headers) != MEDIA_TYPE:
        if not refuses_content(headers):
            _require_type(headers)
        return None
    return Addition(size_bytes=number(headers, "Content-Length"), checksum=_checksum(headers))


def _require_type(headers: Headers) -> None:
    if media_type(headers) != MEDIA_TYPE:
        text = f"The bytes of an upload are {MEDIA_TYPE}, not {headers.get('Content-Type', '')!r:.80}."
        raise Refusal(415, "unsupported_type", text)


def _checksum(headers: Headers) -> Checksum | None:
    given = headers.get("Upload-Checksum")
    if given is None:
        return None
    algorithm, _, text = given.partition(" ")
    if algorithm not in ALGORITHMS:
        raise BadHeader(f"Upload-Checksum is {given!r:.80}; known are {', '.join(ALGORITHMS)}.")
    digest = bytes_of("Upload-Checksum", text)
    if len(digest) != hashlib.new(algorithm, usedforsecurity=False).digest_size:
        raise BadHeader(f"Upload-Checksum has {len(digest)} bytes, which no {algorithm} has.")
    return Checksum(algorithm, digest)
