"""Resumable uploads: how they begin at the address of a handler or folder, and their own addresses."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from ...core.encoding import encode
from ...core.http.answers import JSON
from ...core.http.body import ClientGone, body_of, streams_body
from ...core.http.caller import authenticate, require_origin, require_own_page, user_of
from ...core.http.refusal import Refusal
from ...core.models import State
from ...core.socket.pool import in_pool
from ..admission import SCOPE, require_access
from ..conf import uploads_settings
from ..exceptions import NothingHere, UploadGone
from ..models import Upload
from ..protocols import ietf, tus
from ..services.complete import complete
from ..services.digests import sha256_of
from ..services.hold import Held, hold, size_of, try_hold
from ..services.join_parts import join_parts
from ..services.policy import FolderRules, HandlerRules
from ..services.resumable import (
    Addition,
    append,
    begin,
    give_up_handled,
    is_whole,
    note_whole,
    terminate,
)
from ..services.settle import to_its_end
from ..services.target import Target, target_of
from .answers import allow, answered
from .resumable_answers import acknowledged, completed, described, expose, options, refused
from .status import find_upload, told

METHODS = ("OPTIONS", "HEAD", "PATCH", "DELETE", "GET", "POST")
_SAFE = ("GET", "HEAD")


async def create(
    request: HttpRequest, *, handler: HandlerRules | None, folder: FolderRules | None, prefix: str = ""
) -> HttpResponseBase:
    """Begin an upload for a caller who may, and take what the request brings of it.

    ``folder`` alone: the file gets its name below ``prefix`` in it; with ``handler``: it keeps the files.
    """
    target = Target(handler=handler, folder=folder)
    response = await answered(request, lambda: _create(request, target, prefix), path="uploads/resumable")
    return _finished(request, response, target.cors, is_tus=tus.is_meant(request.headers))


@csrf_exempt  # require_own_page asks for the token where cookies say who it is
@transaction.non_atomic_requests
@streams_body
async def resumable(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """The address of one upload: how far it is, more of it, its end."""
    method = _method_of(request)
    if method == "OPTIONS":
        return await _options(request, uuid)
    cors: list[str] = list(uploads_settings().cors)
    response = await answered(
        request, lambda: _serve(request, uuid, method, cors), path=f"uploads/resumable/{uuid}"
    )
    return _finished(request, response, cors, is_tus=tus.is_meant(request.headers))


def _finished(
    request: HttpRequest, response: HttpResponseBase, cors: list[str] | tuple[str, ...], *, is_tus: bool
) -> HttpResponseBase:
    if is_tus:
        response.headers.setdefault("Tus-Resumable", tus.VERSION)
    expose(request, response, cors)
    return response


async def _create(request: HttpRequest, target: Target, prefix: str) -> HttpResponse:
    protocol = tus if tus.is_meant(request.headers) else ietf
    creation = protocol.read_creation(request.headers)
    announced, user = creation.announced, await user_of(request)
    make = join_parts if announced.concat == Upload.Concat.FINAL else begin
    address = request.META.get("REMOTE_ADDR", "")[:64]
    upload = await in_pool(lambda: make(announced, target=target, prefix=prefix, user=user, address=address))
    return await to_its_end(_receive(request, upload, target, creation.addition, is_new=True))


async def _serve(request: HttpRequest, uuid: UUID, method: str, cors: list[str]) -> HttpResponse:
    has_token = await authenticate(request, scope=SCOPE)
    user = await user_of(request)
    upload = await in_pool(lambda: find_upload(uuid, user=user))
    target = await _target_of(upload)
    cors[:] = target.cors
    if not has_token:
        await _require_own(request, method, target)
    if method != "DELETE":
        await require_access(request, target.access)
    if method == "GET":
        return await in_pool(lambda: _status(upload))
    if upload.protocol == Upload.Protocol.TUS:
        tus.require_version(request.headers)
    if method == "HEAD":
        return await to_its_end(_describe(request, upload, target))
    if method == "PATCH":
        return await _add(request, upload, target)
    if method == "DELETE":
        return await _terminate(upload)
    raise allow(*METHODS)


async def _target_of(upload: Upload) -> Target:
    if upload.protocol == Upload.Protocol.FORM:
        raise NothingHere("There is no resumable upload with this id.")
    return await target_of(upload)


async def _require_own(request: HttpRequest, method: str, target: Target) -> None:
    if method in _SAFE:
        require_origin(request, cors=target.cors)
    else:
        await require_own_page(request, cors=target.cors)


async def _add(request: HttpRequest, upload: Upload, target: Target) -> HttpResponse:
    _require_open(upload)
    if upload.concat == Upload.Concat.FINAL:
        raise Refusal(403, "access_denied", "An upload that is joined of parts cannot be added to.")
    protocol = tus if upload.protocol == Upload.Protocol.TUS else ietf
    addition = protocol.read_addition(request.headers)
    return await to_its_end(_receive(request, upload, target, addition, is_new=False))


async def _receive(
    request: HttpRequest, upload: Upload, target: Target, addition: Addition | None, *, is_new: bool
) -> HttpResponse:
    """Take the body, and complete the upload when nothing is missing. Errors are answered here."""
    try:
        async with hold(upload) as held:
            if addition is not None:
                await append(held, upload, body_of(request), addition, target=target)
            if await in_pool(lambda: _is_complete(held, upload, addition or Addition())):
                return await _complete(request, held, upload, target, is_new=is_new)
            return acknowledged(
                upload, offset=await in_pool(lambda: held.size_bytes), target=target, is_new=is_new
            )
    except ClientGone:
        raise
    except Exception as error:  # handlers raise anything
        offset = await in_pool(lambda: _offset_of(upload))
        return refused(request, error, upload, offset=offset, target=target, addition=addition, is_new=is_new)


def _is_complete(held: Held, upload: Upload, addition: Addition) -> bool:
    return upload.concat != Upload.Concat.PARTIAL and is_whole(held, upload, addition)


async def _complete(
    request: HttpRequest, held: Held, upload: Upload, target: Target, *, is_new: bool
) -> HttpResponse:
    if upload.received_at is None:
        await in_pool(lambda: note_whole(held, upload))
    sha256 = await in_pool(lambda: sha256_of(upload.uuid, held.path))
    completion = await complete(upload, request=request, sha256=sha256)
    return completed(request, upload, completion, target=target, is_new=is_new)


async def _describe(request: HttpRequest, upload: Upload, target: Target) -> HttpResponse:
    """Answer HEAD. Who asks from where to go on means to go on: what still receives gives way."""
    _require_not_expired(upload)
    if upload.state == State.RUNNING and upload.received_at is None:
        async with hold(upload) as held:
            await in_pool(upload.refresh_from_db)
            await _recover(request, held, upload, target)
    elif upload.state == State.RUNNING:
        await _recover_received(request, upload, target)
    offset = await in_pool(lambda: _offset_of(upload))
    if offset is None:
        raise UploadGone(upload.error or "The upload has ended.")
    return described(upload, offset=offset, target=target)


async def _recover_received(request: HttpRequest, upload: Upload, target: Target) -> None:
    """See whether somebody is at work on what has come whole, and do it otherwise."""
    try:
        held = await in_pool(lambda: try_hold(upload))
    except UploadGone:  # it was killed in the midst of it, or is just done
        await in_pool(lambda: give_up_handled(upload, now=timezone.now()))
        return
    if held is None:
        return
    try:
        await in_pool(upload.refresh_from_db)
        await _recover(request, held, upload, target)
    finally:
        await in_pool(held.release)


async def _recover(request: HttpRequest, held: Held, upload: Upload, target: Target) -> None:
    """Complete what has come whole, and whose server was killed before it had been completed."""
    if upload.files:  # it was at work
        await in_pool(lambda: give_up_handled(upload, now=timezone.now()))
        return
    is_there = upload.received_at is not None or await in_pool(
        lambda: upload.protocol == Upload.Protocol.TUS and _is_complete(held, upload, Addition())
    )
    if upload.state == State.RUNNING and is_there:
        with suppress(Exception):  # settle has written it into the row
            await _complete(request, held, upload, target, is_new=False)


def _offset_of(upload: Upload) -> int | None:
    """Return how many bytes have come; None for what has come to nothing."""
    if upload.state in (State.SUCCESSFUL, State.READY) or upload.received_at is not None:
        return None if upload.state in (State.FAILED, State.LOST, State.CANCELLED) else upload.length_bytes
    with suppress(UploadGone):
        return size_of(upload)
    return None


async def _terminate(upload: Upload) -> HttpResponse:
    _require_open(upload)
    await to_its_end(terminate(upload))
    response = HttpResponse(status=204)
    del response["Content-Type"]
    return response


def _require_open(upload: Upload) -> None:
    _require_not_expired(upload)
    if upload.is_over or upload.received_at is not None:
        raise UploadGone(upload.error or "The upload has ended.")


def _require_not_expired(upload: Upload) -> None:
    is_open = not upload.is_over and upload.received_at is None
    if is_open and upload.expires_at is not None and upload.expires_at <= timezone.now():
        raise UploadGone("The upload was not gone on with in time; begin a new one.")


def _status(upload: Upload) -> HttpResponse:
    """Tell a page how far it is, without asking whoever sends to give way."""
    status = told(upload, is_trusted=False)
    if upload.state == State.RUNNING:
        status = {"status": "inProgress", "state": ""}
    whole = {"offset": _offset_of(upload), "length": upload.length_bytes, "data": None, "error": None}
    response = HttpResponse(encode({**whole, **status}), content_type=JSON)
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


async def _options(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Tell what is spoken here; nobody has said who she is when a browser asks this."""
    upload = await Upload.objects.filter(uuid=uuid).afirst()
    max_bytes, cors = uploads_settings().max_bytes, uploads_settings().cors
    with suppress(NothingHere):
        if upload is not None:
            target = await _target_of(upload)
            max_bytes, cors = target.max_bytes, target.cors
    return options(request, max_bytes=max_bytes, cors=cors, methods=METHODS)


def _method_of(request: HttpRequest) -> str:
    override = request.headers.get("X-HTTP-Method-Override", "")
    return override.upper() if request.method == "POST" and override else str(request.method)
