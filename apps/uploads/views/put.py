"""PUT: the body is the file."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from ...core.http.refusal import Refusal
from ...core.socket.pool import in_pool
from ..admission import admit
from ..conf import uploads_settings
from ..names import folder_path
from ..protocols import is_resumable
from ..services.blobs import get_root
from ..services.budget import Budget
from ..services.complete import file_rules
from ..services.incoming import Incoming
from ..services.policy import FolderRules
from ..services.put_file import Preconditions, preconditions_of, require_now
from ..services.receive_file import receive_file
from ..services.settle import Arrival, settle
from .form import new_upload, received


async def put(request: HttpRequest, rules: FolderRules, path: str) -> HttpResponseBase:
    """Keep the body at the path: 201 for a new file, 204 for one in place of another."""
    await admit(request, rules.access, name=rules.name, cors=uploads_settings().cors)
    if "Content-Range" in request.headers or is_resumable(request):
        raise Refusal(400, "bad_request", "A part of a file cannot be put; send the whole, or resume by tus.")
    path = folder_path(path)
    wanted = preconditions_of(request.headers.get("If-Match"), request.headers.get("If-None-Match"))
    held = await in_pool(lambda: require_now(rules, path, user=request.user, preconditions=wanted))
    arrival = await _arrival(request, rules, path, wanted)
    response = await settle(request, arrival)
    if held is not None:
        response = HttpResponse(status=204)
    (file,) = arrival.files
    response["ETag"] = f'"{file.sha256}"'
    response["Location"] = request.path
    return response


async def _arrival(request: HttpRequest, rules: FolderRules, path: str, wanted: Preconditions) -> Arrival:
    prefix, slash, filename = path.rpartition("/")
    upload = new_upload(request, handler=None, folder=rules)
    upload.path = path
    takes = file_rules(None, rules)
    takes.require_size(filename, upload.length_bytes or 0)
    budget = Budget(upload, root=get_root(rules.root), folder=rules, most_bytes=rules.max_bytes)
    incoming = Incoming(
        field="file",
        filename=filename,
        declared_type=request.content_type or "",
        rules=takes,
        place=budget.place,
    )
    await receive_file(request, incoming, budget)
    return Arrival(
        upload=upload,
        user=request.user,
        files=[received(incoming)],
        folder=rules,
        prefix=prefix + slash,
        preconditions=wanted,
    )
