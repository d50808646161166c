"""A method of a controller in a worker: what is left there of the request, and how it tells of itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, QueryDict

from ..core.channels import publish
from ..core.exceptions import BadArguments, GiveUp, PublicError, SmallwebError
from ..core.executions import TaskContext
from ..core.http.refusal import Refusal
from ..core.redact import looks_secret
from .progress import Progress
from .signature import PARAMS

if TYPE_CHECKING:
    from .controller import Controller
    from .registry import Endpoint

TELL_EVERY_S = 0.25


class TaskRequest(HttpRequest):
    """What is left of a request: method, path, query, headers without secrets, address and user; no body,
    cookies or session.
    """

    def __init__(self, kept: Mapping[str, Any], user: Any) -> None:
        super().__init__()
        self.method = kept["method"]
        self.path = self.path_info = kept["path"]
        self.GET = QueryDict(kept["query"])
        self.META = {**kept["meta"], "QUERY_STRING": kept["query"]}
        self.user = user
        self._scheme: str = kept["scheme"]

    def _get_scheme(self) -> str | None:
        return self._scheme


def keep(request: HttpRequest) -> dict[str, Any]:
    """Return of a request what its task may know, as JSON."""
    meta = {name: value for name, value in request.META.items() if isinstance(value, str) and _is_kept(name)}
    return {
        "method": request.method,
        "path": request.path,
        "query": request.META.get("QUERY_STRING", ""),
        "scheme": request.scheme,
        "meta": meta,
    }


def _is_kept(name: str) -> bool:
    if name in ("SERVER_NAME", "SERVER_PORT", "REMOTE_ADDR", "CONTENT_TYPE"):
        return True
    return name.startswith("HTTP_") and not looks_secret(name.removeprefix("HTTP_"))


def runner_of(endpoint: Endpoint) -> Callable[..., Any]:
    """Return what workers call for a method: with plain arguments and what is left of the request."""

    def run(arguments: dict[str, Any], request: dict[str, Any], token: str, context: TaskContext) -> Any:
        controller = endpoint.controller()
        controller._request = TaskRequest(request, _user(context.owner_id))
        controller._progress = Progress(Reporter(context, token))
        values = _values(endpoint, controller, arguments)
        try:
            return _finished(endpoint.function(controller, **values))
        # Both are answers, which another attempt would give again. By these names, which subclasses do not
        # have, a status knows that the words are for the starter.
        except PublicError as error:
            raise GiveUp(f"PublicError: {error}") from error
        except GiveUp as error:
            raise GiveUp(f"GiveUp: {error}") from error

    run.__qualname__ = endpoint.name
    return run


def _values(endpoint: Endpoint, controller: Controller, arguments: dict[str, Any]) -> dict[str, Any]:
    given = endpoint.parameters
    try:
        filled = {PARAMS: arguments.get(PARAMS)} if given.takes_params else given.read_plain(arguments)
        return {**filled, **given.fill(controller)}
    except Refusal as refusal:  # the code has changed since
        raise BadArguments(f"{endpoint.name}: {refusal}") from refusal


def _finished(result: Any) -> Any:
    import asyncio
    import inspect

    if inspect.iscoroutine(result):
        return asyncio.run(result)
    if inspect.isasyncgen(result):
        return asyncio.run(_all_of(result))
    return list(result) if inspect.isgenerator(result) else result


async def _all_of(items: Any) -> list[Any]:
    return [item async for item in items]


def _user(pk: Any) -> Any:
    if pk is None:
        return AnonymousUser()
    return get_user_model()._default_manager.filter(pk=pk, is_active=True).first() or AnonymousUser()


class Reporter:
    """Stores what a method says of its progress, and tells its starter's pages about four times a second."""

    def __init__(self, context: TaskContext, token: str) -> None:
        self._context = context
        self._token = token
        self._told_at = float("-inf")

    def __call__(self, progress: dict[str, Any]) -> None:
        self._context.report(progress)
        now = time.monotonic()
        if now - self._told_at >= TELL_EVERY_S:
            self._told_at = now
            tell(self._context.owner_id, self._token, progress)


def tell(user_id: Any, token: str, status: Mapping[str, Any]) -> None:
    """Publish a status on ``user/<id>/tasks/<token>``; visitors have no channel of their own."""
    if user_id is None:
        return
    with suppress(SmallwebError):  # the status page asks, too
        publish(f"user/{user_id}/tasks/{token}", dict(status))
