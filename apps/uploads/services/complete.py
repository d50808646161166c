"""A resumable upload whose last byte is there: from then on it is as if a form had brought it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from ...core.http.caller import user_of
from ...core.models import State
from ...core.socket.pool import in_pool
from ..exceptions import NothingHere, UploadError, UploadGone
from ..models import Upload
from ..names import display_name
from ..received_file import ReceivedFile
from .blobs import get_root
from .incoming import HEAD_BYTES, FileRules
from .policy import FolderRules, HandlerRules, policy
from .settle import Arrival, settle
from .target import Target, target_of


@dataclass(frozen=True, kw_only=True)
class Completion:
    """What is answered: ``body`` is None where it is a stream or empty."""

    status: int
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


async def complete(upload: Upload, *, request: HttpRequest, sha256: str = "") -> Completion:
    """Keep the upload's file or call its handler, and end its row; ``sha256`` in hex where it is known.

    Raises UploadError, Refusal, and what the handler raises; the row says so then.
    """
    await policy.refresh()
    try:
        target = await target_of(upload)
    except NothingHere as error:  # it was switched off meanwhile
        fault = error
        await in_pool(lambda: _refuse(upload, fault))
        raise
    file = await in_pool(lambda: _checked(upload, target, sha256))
    prefix, _, _ = upload.path.rpartition("/")
    arrival = Arrival(
        upload=upload,
        user=await user_of(request),
        text=dict(upload.text),
        files=[file],
        handler=target.handler,
        folder=target.folder,
        prefix=f"{prefix}/" if prefix else "",
    )
    return _completion(await settle(request, arrival))


def file_rules(handler: HandlerRules | None, folder: FolderRules | None) -> FileRules:
    """Return which files are taken: what both take where a handler keeps its files in a folder."""
    both = [rules for rules in (handler, folder) if rules is not None]
    accepts = [rules.accept for rules in both if rules.accept] or [()]
    return FileRules(
        accept=accepts[0], also=tuple(accepts[1:]), max_bytes=min(rules.max_bytes for rules in both)
    )


def _checked(upload: Upload, target: Target, sha256: str) -> ReceivedFile:
    path = get_root(upload.root).receiving(str(upload.uuid))
    filename = display_name(upload.path)
    try:
        with _opened(path) as file:
            kind = file_rules(target.handler, target.folder).require_kind(filename, file.read(HEAD_BYTES))
    except UploadError as error:
        _refuse(upload, error)
        raise
    return ReceivedFile(
        field="file",
        filename=filename,
        content_type=kind.media_type,
        declared_type=upload.content_type,
        size_bytes=path.stat().st_size,
        sha256=sha256 or _sha256(path),
        content=path,
    )


def _refuse(upload: Upload, error: UploadError) -> None:
    upload.end(State.FAILED, now=timezone.now(), error=str(error))
    get_root(upload.root).receiving(str(upload.uuid)).unlink(missing_ok=True)


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        raise UploadGone("The upload was aborted.") from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _completion(response: HttpResponseBase) -> Completion:
    body = response.content if isinstance(response, HttpResponse) else None
    return Completion(status=response.status_code, body=body, headers=dict(response.items()))
