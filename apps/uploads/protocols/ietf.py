"""Resumable Uploads for HTTP, as the IETF drafts it: draft-ietf-httpbis-resumable-upload.

Clients name their draft by Upload-Draft-Interop-Version: 5 is that of -03, 6 of -04 and -05, 7 of -06 to -08,
8 of -09 to -12; what is published in the end has no such header. ASGI has no interim answers, so there is no
104: a client that wants to be able to go on begins with an empty request (``Upload-Complete: ?0``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.http import parse_header_parameters

from ...core.http.refusal import Refusal
from ..exceptions import BadHeader, BadLength, OffsetMismatch, UploadError
from ..models import Upload
from ..services.resumable import Addition, Announced
from .fields import Headers, boolean, media_type, number, wanted
from .metadata import MAX_TYPE, read_metadata
from .tus import Creation

MEDIA_TYPE = "application/partial-upload"
VERSIONS = ("5", "6", "7", "8")
HEADERS = (
    "Upload-Draft-Interop-Version", "Upload-Complete", "Upload-Offset", "Upload-Length", "Upload-Limit",
    "Content-Disposition",
)  # fmt: skip
_ANY_TYPE = "5"
_PROBLEMS = "https://iana.org/assignments/http-problem-types#"


def is_meant(headers: Headers) -> bool:
    return "Upload-Complete" in headers or "Upload-Draft-Interop-Version" in headers


def read_creation(headers: Headers) -> Creation:
    """Read what begins an upload. Raises BadHeader, BadLength."""
    _require_version(headers)
    is_last = _is_last(headers)
    metadata = read_metadata(headers.get("Upload-Metadata", ""))
    length, size = number(headers, "Upload-Length"), number(headers, "Content-Length")
    if is_last and size is not None:
        if length not in (None, size):
            raise BadLength(f"Upload-Length is {length}, and all that is sent has {size} bytes.")
        length = size
    announced = Announced(
        protocol=Upload.Protocol.IETF,
        name=metadata.name or _filename(headers),
        content_type=metadata.content_type or _type_of_file(headers),
        text=metadata.text,
        metadata=headers.get("Upload-Metadata", ""),
        length_bytes=length,
    )
    return Creation(announced=announced, addition=Addition(size_bytes=size, is_last=is_last))


def read_addition(headers: Headers) -> Addition:
    """Read what a PATCH adds. Raises Refusal, BadHeader."""
    version = _require_version(headers)
    if version != _ANY_TYPE and media_type(headers) != MEDIA_TYPE:
        text = f"The bytes of an upload are {MEDIA_TYPE}, not {headers.get('Content-Type', '')!r:.80}."
        raise Refusal(415, "unsupported_type", text, headers={"Accept-Patch": MEDIA_TYPE})
    return Addition(
        offset=wanted("Upload-Offset", number(headers, "Upload-Offset")),
        size_bytes=number(headers, "Content-Length"),
        length_bytes=number(headers, "Upload-Length"),
        is_last=_is_last(headers),
    )


def answer_headers(upload: Upload, *, offset: int, max_bytes: int, now: datetime) -> dict[str, str]:
    """Return what answers tell of an upload."""
    is_complete = upload.received_at is not None
    headers = {"Upload-Offset": str(offset), "Upload-Complete": "?1" if is_complete else "?0"}
    if upload.length_bytes is not None:
        headers["Upload-Length"] = str(upload.length_bytes)
    return {**headers, "Upload-Limit": _limit(upload, max_bytes=max_bytes, now=now)}


def discovery(*, max_bytes: int) -> Mapping[str, str]:
    """Return what OPTIONS tells."""
    return {"Accept-Patch": MEDIA_TYPE, "Upload-Limit": f"max-size={max_bytes}"}


def problem_of(error: UploadError, *, offset: int | None, provided: int | None) -> dict[str, Any] | None:
    """Return an error as the draft's problem details (RFC 9457); None for one that it does not name."""
    if isinstance(error, OffsetMismatch):
        kind = "mismatching-upload-offset"
        more = {"expected-offset": offset, "provided-offset": provided}
        return {"type": _PROBLEMS + kind, "title": str(error), "status": error.status, **more}
    if isinstance(error, BadLength):
        return {"type": _PROBLEMS + "inconsistent-upload-length", "title": str(error), "status": error.status}
    return None


def _limit(upload: Upload, *, max_bytes: int, now: datetime) -> str:
    limits = [f"max-size={max_bytes}"]
    if upload.expires_at is not None and upload.received_at is None:
        limits.append(f"max-age={max(0, int((upload.expires_at - now).total_seconds()))}")
    return ", ".join(limits)


def _require_version(headers: Headers) -> str | None:
    version = headers.get("Upload-Draft-Interop-Version")
    if version is not None and version.strip() not in VERSIONS:
        raise BadHeader(f"Upload-Draft-Interop-Version is {version!r:.40}; known are {', '.join(VERSIONS)}.")
    return version and version.strip()


def _is_last(headers: Headers) -> bool:
    complete = boolean(headers, "Upload-Complete")
    if complete is None:
        raise BadHeader("The header Upload-Complete is missing; send ?1 with the last bytes, else ?0.")
    return complete


MAX_DISPOSITION = 2048


def _filename(headers: Headers) -> str:
    given = headers.get("Content-Disposition", "")
    if len(given) > MAX_DISPOSITION:
        raise BadHeader(f"Content-Disposition has more than {MAX_DISPOSITION} characters.")
    try:
        name: str = parse_header_parameters(given)[1].get("filename", "") if given else ""
    except (LookupError, ValueError) as error:
        raise BadHeader(f"Content-Disposition is {given!r:.200}; it cannot be read: {error}.") from error
    return name.replace("\0", "")


def _type_of_file(headers: Headers) -> str:
    declared = media_type(headers)
    if len(declared) > MAX_TYPE:
        raise BadHeader(f"Content-Type has more than {MAX_TYPE} characters.")
    return "" if declared == MEDIA_TYPE else declared
