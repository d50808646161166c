"""What is done with an upload that has come whole: files are kept, the handler is called, the row ends."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import msgspec
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from ...core.encoding import encode
from ...core.executions import tasks
from ...core.http.answers import JSON, refusal_of
from ...core.models import State
from ...core.socket.pool import in_pool
from ...core.text import storable_json
from ...core.write_turn import write_turn
from ..exceptions import AlreadyThere, UploadError, UploadGone
from ..file_return import FileReturn
from ..models import StoredFile, Upload
from ..names import folder_path
from ..received_file import ReceivedFile
from .keep_parts import content_of, discard_parts, plain_of
from .policy import FolderRules, HandlerRules
from .put_file import ANY_STATE, Preconditions, put_file
from .run_handler import run_now
from .serve_file import answer
from .store_file import Arrived, require_path, store_beside
from .tell_rows import tell_uploads

T = TypeVar("T")

_settling: set[asyncio.Future[Any]] = set()


@dataclass(kw_only=True)
class Arrival:
    """An upload that has come whole. Its row is saved when something of it was reserved or lies on the disk;
    ``prefix``: where in the folder the files go, with a slash at its end, or empty.
    """

    upload: Upload
    user: Any
    text: dict[str, Any] = field(default_factory=dict)
    files: list[ReceivedFile] = field(default_factory=list)
    handler: HandlerRules | None = None
    folder: FolderRules | None = None
    prefix: str = ""
    preconditions: Preconditions = ANY_STATE


async def settle(request: HttpRequest, arrival: Arrival) -> HttpResponseBase:
    """Do it, and return the answer. It goes on when the client goes away. Raises UploadError, Refusal, and
    what the handler raises.
    """
    return await to_its_end(_settle(request, arrival))


async def _settle(request: HttpRequest, arrival: Arrival) -> HttpResponseBase:
    if not arrival.upload._state.adding:
        await in_pool(lambda: _close_to_aborts(arrival))
    try:
        if arrival.folder is not None:
            await in_pool(lambda: _keep(arrival))
        if arrival.handler is None:
            response: HttpResponseBase = _listed(arrival)
        elif arrival.handler.handler.background:
            return await in_pool(lambda: _enqueue(arrival))
        else:
            response = await _answer_now(request, arrival, arrival.handler)
    except Exception as error:
        said = refusal_of(error) if not isinstance(error, UploadError) else error
        text = f"{type(error).__name__}: {error}" if said is None else str(said)
        await in_pool(lambda: _end(arrival, State.FAILED, error=text))
        raise
    await in_pool(lambda: _end(arrival, State.SUCCESSFUL, result=_result_of(response)))
    return response


async def _answer_now(request: HttpRequest, arrival: Arrival, rules: HandlerRules) -> HttpResponseBase:
    value = await run_now(rules.handler, arrival.text, arrival.files, user=arrival.user)
    if isinstance(value, HttpResponseBase):
        return value
    if isinstance(value, FileReturn):
        return await in_pool(lambda: answer(request, value))
    if isinstance(value, bytes):
        return _with_nosniff(HttpResponse(value, content_type="application/octet-stream"))
    return _with_nosniff(HttpResponse(encode(value), content_type=JSON))


def _close_to_aborts(arrival: Arrival) -> None:
    """Have the row say what has come: nobody aborts it from then on. Raises UploadGone if it is over."""
    upload = arrival.upload
    upload.received_at = upload.received_at or timezone.now()
    upload.received_bytes = sum(file.size_bytes for file in arrival.files)
    upload.path = upload.path or ", ".join(file.filename for file in arrival.files)[:500]
    with write_turn():
        row = Upload.objects.filter(pk=upload.pk, state=State.RUNNING)
        told = ("received_at", "received_bytes", "path")
        is_open = row.update(**{name: getattr(upload, name) for name in told})
    if not is_open:
        _discard(arrival)
        raise UploadGone("The upload was aborted.")


def _keep(arrival: Arrival) -> None:
    """Store the files; a handler's never replace any, a folder's do as its rules say."""
    folder = arrival.folder
    assert folder is not None
    now = timezone.now()
    if arrival.handler is None and len(arrival.files) > 1:
        paths = [folder_path(arrival.prefix + file.filename) for file in arrival.files]
        if len(set(paths)) < len(paths):
            raise AlreadyThere("Two files of the form have the same name; send each under another.")
        for path in paths:  # so that one that is refused leaves none of the others
            require_path(folder, path, user=arrival.user)
    note = partial(_note_kept, arrival)
    for number, file in enumerate(arrival.files):
        arrived = Arrived(
            temporary=file.path,
            size_bytes=file.size_bytes,
            sha256=file.sha256,
            content_type=file.content_type,
        )
        path = arrival.prefix + file.filename
        if arrival.handler is not None:
            name = arrival.handler.handler.name
            stored = store_beside(folder, path, arrived, user=arrival.user, handler=name, now=now, then=note)
        else:
            stored = put_file(
                folder, path, arrived, user=arrival.user, now=now, preconditions=arrival.preconditions,
                then=note,
            )  # fmt: skip
        file.close()
        # A folder's own are read by nobody: what a storage far away has need not come back.
        content = b"" if arrival.handler is None else content_of(stored)
        arrival.files[number] = _kept(file, stored, content)


def _note_kept(arrival: Arrival, stored: StoredFile) -> None:
    """Have the row say which files are kept: who finds it without an end knows that it was at work."""
    if not arrival.upload._state.adding:
        arrival.upload.files = [*arrival.upload.files, {"stored": stored.pk}]
        arrival.upload.save(update_fields=["files"])


def _kept(file: ReceivedFile, stored: StoredFile, content: Any) -> ReceivedFile:
    return ReceivedFile(
        field=file.field,
        filename=file.filename,
        content_type=file.content_type,
        declared_type=file.declared_type,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        content=content,
        stored=stored,
    )


def _listed(arrival: Arrival) -> HttpResponse:
    """Answer what a folder has taken."""
    files = [described(file.stored) for file in arrival.files if file.stored is not None]
    return _with_nosniff(HttpResponse(encode({"files": files}), content_type=JSON, status=201))


def described(stored: StoredFile) -> dict[str, Any]:
    """Return a kept file as programs read of it."""
    return {
        "path": stored.path,
        "size_bytes": stored.size_bytes,
        "content_type": stored.content_type,
        "sha256": stored.sha256,
        "created_at": stored.created_at,
        "url": reverse("smallweb_uploads:file", args=[stored.uuid]),
    }


@transaction.atomic
def _enqueue(arrival: Arrival) -> HttpResponse:
    """Have a worker call the handler; answer 202 with the address of the status."""
    assert arrival.handler is not None
    handler, upload = arrival.handler.handler, arrival.upload
    upload.files = [plain_of(file) for file in arrival.files]
    upload.text = storable_json(arrival.text)
    upload.state = State.READY
    upload.received_at = upload.active_at = timezone.now()
    owner = arrival.user if getattr(arrival.user, "is_authenticated", False) else None
    task = tasks.get(handler.task_name).using(owner=owner, because=f"upload {handler.name}")
    upload.run = task.enqueue(upload=str(upload.uuid))
    upload.save()
    transaction.on_commit(tell_uploads)
    url = reverse("smallweb_uploads:status", args=[upload.uuid])
    body = {"type": "task", "id": str(upload.uuid), "status": url}
    response = HttpResponse(encode(body), content_type=JSON, status=202, headers={"Location": url})
    response["Cache-Control"] = "no-store"
    return response


def _end(arrival: Arrival, state: State, *, error: str = "", result: Any = None) -> None:
    """Leave no temporary file, and bring the row to its end where there is one."""
    _discard(arrival)
    if not arrival.upload._state.adding:
        arrival.upload.end(state, now=timezone.now(), error=error, result=result)
        tell_uploads()


def _discard(arrival: Arrival) -> None:
    for file in arrival.files:
        file.close()
    discard_parts([plain_of(file) for file in arrival.files if file.is_on_disk], root=arrival.upload.root)


def _result_of(response: HttpResponseBase) -> Any:
    """Return what is kept of an answer: JSON, nothing else."""
    if not isinstance(response, HttpResponse) or response.get("Content-Type") != JSON:
        return None
    try:
        return storable_json(msgspec.json.decode(response.content))
    except msgspec.DecodeError:
        return None


def _with_nosniff(response: HttpResponse) -> HttpResponse:
    response["X-Content-Type-Options"] = "nosniff"
    return response


async def to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """Wait for the work, which goes on when nobody waits any more."""
    running = asyncio.ensure_future(work)
    _settling.add(running)
    running.add_done_callback(_forget)
    return await asyncio.shield(running)


def _forget(running: asyncio.Future[Any]) -> None:
    _settling.discard(running)
    if not running.cancelled():
        running.exception()  # whoever waits has it
