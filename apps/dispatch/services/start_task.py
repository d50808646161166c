"""Have a worker run a method, and give its starter a ticket for the status."""

from __future__ import annotations

import hashlib
import uuid
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from ...core.encoding import encode
from ...core.exceptions import BadArguments
from ...core.executions import tasks
from ...core.http.answers import JSON
from ...core.http.refusal import Refusal
from ...core.socket.pool import in_pool
from ..background import TaskRequest, keep
from ..exceptions import CannotDispatch
from ..models import Ticket
from ..parameters import plain
from ..paths import status_path
from ..registry import Endpoint, endpoints
from ..run import controller_for, read_arguments

if TYPE_CHECKING:
    from ..controller import Controller


async def start_from_request(request: HttpRequest, endpoint: Endpoint) -> HttpResponse:
    """Start the method with what the request brings; answer 202 with the address of the status."""
    arguments = await read_arguments(request, endpoint)
    endpoint.parameters.fill(controller_for(request, endpoint))  # who is wanted but not there is refused now
    ticket = await in_pool(lambda: start(request, endpoint, plain(arguments)))
    response = HttpResponse(encode(reply_of(ticket)), content_type=JSON, status=202)
    response["Location"] = status_url(ticket)
    response["Cache-Control"] = "no-store"
    return response


def start_method(controller: Controller, method: str, arguments: dict[str, Any]) -> dict[str, str]:
    """Do what ``Controller.start`` promises. Raises CannotDispatch, Refusal."""
    endpoint = next(
        (one for one in endpoints if one.controller is type(controller) and one.method_name == method), None
    )
    if endpoint is None:
        raise CannotDispatch(f"{type(controller).__name__} has no method {method!r} of its own to start.")
    given = plain(arguments)
    try:
        if not endpoint.parameters.takes_params:
            endpoint.parameters.read_plain(given)
    except Refusal as refusal:
        raise CannotDispatch(f"{endpoint.name} cannot be started so: {refusal}") from refusal
    return reply_of(start(controller.request, endpoint, given))


@transaction.atomic
def start(request: HttpRequest, endpoint: Endpoint, arguments: dict[str, Any]) -> Ticket:
    """Enqueue the run and store its ticket. Asks the database. Raises Refusal for what no row can keep."""
    user = getattr(request, "user", None)
    owner = user if getattr(user, "is_authenticated", False) else None
    token = uuid.uuid4()
    task = tasks.get(endpoint.task_name).using(owner=owner, because=request.path)
    try:
        run = task.enqueue(arguments=arguments, request=kept_of(request), token=str(token))
    except BadArguments as error:  # NUL characters, or more than a row takes
        raise Refusal(400, "bad_parameter", str(error)) from error
    return Ticket.objects.create(
        token=token,
        run=run,
        user=owner,
        session_digest="" if owner is not None else session_digest(request, make=True),
        path=endpoint.name,
        method=endpoint.method_name,
    )


def kept_of(request: HttpRequest) -> dict[str, Any]:
    if isinstance(request, TaskRequest):
        return {
            "method": request.method,
            "path": request.path,
            "query": request.META["QUERY_STRING"],
            "scheme": request.scheme,
            "meta": {name: value for name, value in request.META.items() if name != "QUERY_STRING"},
        }
    return keep(request)


def session_digest(request: HttpRequest, *, make: bool = False) -> str:
    """Return what stands for the visitor's session; empty without one. ``make``: begin one."""
    session: Any = getattr(request, "session", None)
    if session is None:
        return ""
    if session.session_key is None:
        if not make:
            return ""
        session.create()
        session.modified = True
    return hashlib.sha256(f"smallweb dispatch {session.session_key}".encode()).hexdigest()


def reply_of(ticket: Ticket) -> dict[str, str]:
    """Return what is answered to who starts a task."""
    return {"type": "task", "id": str(ticket.token)}


def status_url(ticket: Ticket) -> str:
    """Return the path of the status."""
    return status_path(ticket.token)
