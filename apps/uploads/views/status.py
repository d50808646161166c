"""How far an upload is whose handler a worker calls."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from ...core.encoding import encode
from ...core.executions.status import WAITING, status_of
from ...core.http.answers import JSON
from ...core.http.caller import authenticate, user_of
from ...core.models import State
from ...core.socket.pool import in_pool
from ..admission import SCOPE
from ..exceptions import NothingHere
from ..models import Upload
from .answers import allow, answered

_ENDS = {
    State.FAILED: "FAILURE",
    State.LOST: "LOST",
    State.CANCELLED: "CANCELLED",
}


@csrf_exempt  # changes nothing
@transaction.non_atomic_requests
async def status(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """Tell how far it is, to its user, or to whoever knows the address of an upload without one."""
    return await answered(request, lambda: _status(request, uuid), path="uploads/status")


async def _status(request: HttpRequest, uuid: UUID) -> HttpResponse:
    if request.method not in ("GET", "HEAD"):
        raise allow("GET", "HEAD")
    await authenticate(request, scope=SCOPE)
    user = await user_of(request)
    upload = await in_pool(lambda: find_upload(uuid, user=user))
    is_trusted = settings.DEBUG or bool(getattr(user, "is_staff", False))
    response = HttpResponse(encode(told(upload, is_trusted=is_trusted)), content_type=JSON)
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def find_upload(uuid: UUID, *, user: object) -> Upload:
    """Return the upload if this user may know of it. Raises NothingHere."""
    upload = Upload.objects.select_related("run").filter(uuid=uuid).first()
    if upload is None or (upload.user_id is not None and upload.user_id != getattr(user, "pk", None)):
        raise NothingHere("There is no upload with this id, or another person began it.")
    return upload


def told(upload: Upload, *, is_trusted: bool) -> dict[str, object]:
    """Return the status as it is answered: as that of a task where a worker calls the handler."""
    if upload.run is not None:
        return status_of(upload.run, running={"status": "inProgress", "state": {}}, is_trusted=is_trusted)
    if upload.state == State.SUCCESSFUL:
        return {"status": "SUCCESS", "data": upload.result}
    if upload.is_over:
        return {"status": _ENDS[State(upload.state)], "error": upload.error}
    return dict(WAITING)
