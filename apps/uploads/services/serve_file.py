"""Files of strangers as answers: nothing in them runs, and nothing takes them for a page of this site."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.http import content_disposition_header

from ...core.http.send_file import SentFile, send_file
from ...core.sites.open_file import etag_of
from ..conf import uploads_settings
from ..exceptions import NothingHere
from ..file_return import FileReturn, Place, file_return
from ..models import StoredFile
from .blobs import Root, get_root
from .safe_types import safe_type

logger = logging.getLogger(__name__)

HARMLESS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
}


def answer(request: HttpRequest, file: FileReturn) -> HttpResponseBase:
    """Answer a GET, HEAD or POST with the file, or the part of it that is asked for.

    It is opened here and read as it is sent, even if it is removed meanwhile. Opens and reads: called in a
    thread. Raises NothingHere.
    """
    if isinstance(file.source, Place):
        return send_file(request, _sent_from_disk(file.source, file))
    root = get_root(file.source.root)
    if uploads_settings().accel_redirect and root.storage is None:
        return _accelerated(file.source, root, file)
    return send_file(request, _sent_from_root(file.source, root, file))


def serve_stored(request: HttpRequest, file: StoredFile) -> HttpResponseBase:
    """Answer with a stored file, as ``answer`` does."""
    return answer(request, file_return(file))


def etag_of_stored(file: StoredFile) -> str:
    """Return the strong validator of its bytes, with quotes."""
    return f'"{file.sha256}"'


def headers_of(filename: str, content_type: str, *, attachment: bool = True) -> Mapping[str, str]:
    """Return the headers under which any bytes do no harm."""
    disposition = content_disposition_header(attachment, filename) or "inline"
    return {"Content-Type": safe_type(content_type), "Content-Disposition": disposition, **HARMLESS}


def _headers(file: FileReturn) -> Mapping[str, str]:
    return headers_of(file.filename, file.content_type, attachment=file.attachment)


def _sent_from_disk(place: Place, file: FileReturn) -> SentFile:
    fd = place.open()
    found = os.fstat(fd)
    return SentFile(
        name=file.filename,
        file=os.fdopen(fd, "rb"),
        size_bytes=found.st_size,
        etag=etag_of(found),
        modified_at=int(found.st_mtime),
        headers=_headers(file),
    )


def _sent_from_root(stored: StoredFile, root: Root, file: FileReturn) -> SentFile:
    try:
        opened = root.open(stored.key)
    except NothingHere as error:
        logger.error("file=%s has a row and no bytes: %s", stored.uuid, error)
        raise NothingHere("The bytes of this file are missing.") from error
    return SentFile(
        name=file.filename,
        file=opened,
        size_bytes=stored.size_bytes,
        etag=etag_of_stored(stored),
        modified_at=int(stored.created_at.timestamp()),
        headers=_headers(file),
    )


def _accelerated(stored: StoredFile, root: Root, file: FileReturn) -> HttpResponse:
    """Have nginx send it: conditions and ranges are then nginx's to answer."""
    response = HttpResponse(headers={**_headers(file), "ETag": etag_of_stored(stored)})
    place = root.path(stored.key)
    assert place is not None
    prefix = uploads_settings().accel_redirect.rstrip("/")
    response["X-Accel-Redirect"] = f"{prefix}/{root.name}/{place.relative_to(root.folder)}"
    return response
