"""Forms on their way to a handler or a folder."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from ...core.socket.pool import in_pool
from ..admission import RequireToken
from ..conf import uploads_settings
from ..models import Upload
from ..multipart import Limits
from ..received_file import ReceivedFile, text_of
from ..services.blobs import get_root
from ..services.budget import Budget
from ..services.complete import file_rules
from ..services.incoming import Incoming
from ..services.policy import FolderRules, HandlerRules
from ..services.receive import Form, receive_form
from ..services.settle import Arrival, settle

MAX_HANDLING_S = 3600.0
"""How long after its last byte a form may be worked at; a server that was killed has left what is older."""


async def take_form(
    request: HttpRequest,
    *,
    handler: HandlerRules | None,
    folder: FolderRules | None,
    require_token: RequireToken,
    prefix: str = "",
) -> HttpResponseBase:
    """Receive the form and give it to the handler, or to the folder where there is none; ``prefix``: where in
    the folder the files go. Raises UploadError, Refusal, ClientGone, and what the handler raises.
    """
    upload = new_upload(request, handler=handler, folder=folder)
    budget = Budget(
        upload, root=get_root(upload.root), folder=folder, most_bytes=uploads_settings().max_request_bytes
    )
    budget.require_length()
    try:
        form = await receive_form(
            request,
            limits=_limits(uploads_settings().max_files if handler is None else handler.max_files),
            rules=file_rules(handler, folder),
            budget=budget,
            require_token=require_token,
        )
        if folder is not None or (handler is not None and handler.handler.background):
            await in_pool(lambda: _to_disk(form, budget))
    except BaseException as error:
        fault = error  # its name ends with the block
        await in_pool(lambda: budget.abandon(fault))
        raise
    arrival = Arrival(
        upload=upload,
        user=request.user,
        text=text_of(form.fields, lists=False if handler is None else handler.handler.lists),
        files=[received(incoming) for incoming in form.files],
        handler=handler,
        folder=folder,
        prefix=prefix,
    )
    return await settle(request, arrival)


def _to_disk(form: Form, budget: Budget) -> None:
    """Bring to the disk what must outlive this request."""
    if not form.files:
        return
    try:
        budget.settle(sum(file.size_bytes for file in form.files))
        for file in form.files:
            file.to_disk()
    except BaseException:
        form.discard()
        raise


def received(incoming: Incoming) -> ReceivedFile:
    """Return a file that has come whole, as handlers get it."""
    assert incoming.kind is not None
    return ReceivedFile(
        field=incoming.field,
        filename=incoming.filename,
        content_type=incoming.kind.media_type,
        declared_type=incoming.declared_type,
        size_bytes=incoming.size_bytes,
        sha256=incoming.sha256,
        content=incoming.content,
    )


def _limits(max_files: int) -> Limits:
    settings = uploads_settings()
    return Limits(
        request_bytes=settings.max_request_bytes,
        files=max_files,
        fields=settings.max_fields,
        text_bytes=settings.max_text_bytes,
    )


def new_upload(request: HttpRequest, *, handler: HandlerRules | None, folder: FolderRules | None) -> Upload:
    """Return a row that is not saved yet."""
    user = request.user
    return Upload(
        uuid=uuid.uuid4(),
        protocol=Upload.Protocol.FORM,
        handler="" if handler is None else handler.handler.name,
        folder="" if folder is None else folder.name,
        root="" if folder is None else folder.root,
        user=user if user.is_authenticated else None,
        address=request.META.get("REMOTE_ADDR", "")[:64],
        length_bytes=_length(request),
        created_at=(now := timezone.now()),
        active_at=now,
        expires_at=now + timedelta(seconds=uploads_settings().max_time_s + MAX_HANDLING_S),
    )


def _length(request: HttpRequest) -> int | None:
    text = request.META.get("CONTENT_LENGTH") or ""
    return int(text) if text.isdigit() else None
