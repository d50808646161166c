"""The address of a handler: forms, and the beginning of resumable uploads."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from ...core.http.body import streams_body
from ...core.http.caller import add_cors
from ...core.socket.pool import in_pool
from ..admission import admit
from ..conf import uploads_settings
from ..models import Upload
from ..multipart import Limits
from ..protocols import is_resumable
from ..received_file import ReceivedFile, text_of
from ..services.blobs import get_root
from ..services.budget import Budget
from ..services.complete import file_rules
from ..services.incoming import Incoming
from ..services.policy import FolderRules, HandlerRules, current
from ..services.receive import Form, receive_form
from ..services.settle import Arrival, settle
from .answers import allow, answered
from .resumable import create
from .resumable_answers import options


@csrf_exempt  # the gate asks for the token where cookies say who it is
@transaction.non_atomic_requests
@streams_body
async def handle(request: HttpRequest, name: str) -> HttpResponseBase:
    """Give a handler what is sent."""
    response = await answered(request, lambda: _handle(request, name), path=f"uploads/{name}")
    add_cors(request, response, uploads_settings().cors)
    return response


async def _handle(request: HttpRequest, name: str) -> HttpResponseBase:
    rules = (await current()).handler(name)
    handler = rules.handler
    cors = uploads_settings().cors if handler.cors is None else handler.cors
    if request.method == "OPTIONS":
        return options(request, max_bytes=rules.max_bytes, cors=cors, methods=("OPTIONS", "POST"))
    if is_resumable(request):
        await admit(request, rules.access, name=name, cors=cors, per_minute=handler.per_minute)
        keeps = (await current()).folder(handler.folder) if handler.folder else None
        return await create(request, handler=rules, folder=keeps)
    if request.method != "POST":
        raise allow("POST")
    gate = await admit(
        request, rules.access, name=name, cors=cors, per_minute=handler.per_minute, waits_for_form=True
    )
    folder = (await current()).folder(handler.folder) if handler.folder else None
    upload = new_upload(request, handler=rules, folder=folder)
    budget = Budget(
        upload,
        root=get_root(upload.root),
        folder=folder,
        most_bytes=uploads_settings().max_request_bytes,
    )
    form = await receive_form(
        request,
        limits=limits_of(rules.max_files),
        rules=file_rules(rules, folder),
        budget=budget,
        require_token=gate,
    )
    arrival = await _arrival(request, form, upload, rules, folder, budget)
    return await settle(request, arrival)


async def _arrival(
    request: HttpRequest,
    form: Form,
    upload: Upload,
    rules: HandlerRules,
    folder: FolderRules | None,
    budget: Budget,
) -> Arrival:
    """Bring to the disk what must outlive this request."""
    needs_disk = folder is not None or rules.handler.background
    if needs_disk and (form.files or rules.handler.background):
        await in_pool(lambda: _to_disk(form, budget))
    return Arrival(
        upload=upload,
        user=request.user,
        text=text_of(form.fields, lists=rules.handler.lists),
        files=[received(incoming) for incoming in form.files],
        handler=rules,
        folder=folder,
    )


def _to_disk(form: Form, budget: Budget) -> None:
    try:
        budget.settle(sum(file.size_bytes for file in form.files))
        for file in form.files:
            file.to_disk()
    except BaseException as error:
        form.discard()
        budget.abandon(error)
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


def limits_of(max_files: int) -> Limits:
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
    )


def _length(request: HttpRequest) -> int | None:
    text = request.META.get("CONTENT_LENGTH") or ""
    return int(text) if text.isdigit() else None
