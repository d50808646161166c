"""What stands behind a Runner once Django is set up."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..registry import HostedApp
from .settings import configure

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

Function = Callable[["HttpRequest"], Awaitable["HttpResponseBase"]]

serving: ContextVar[HostedApp | Function | None] = ContextVar("serving", default=None)
"""The app, or the route's function, that is asked for, wherever it is."""


@functools.cache
def make_site(script: Path) -> RunnerSite:
    """Set Django up; there is one of it in a process."""
    configure(script)
    return RunnerSite()


class RunnerSite:
    """The pages and sockets of apps."""

    def __init__(self) -> None:
        from ...core.asgi import application

        self._serve = application()

    async def serve(self, app: HostedApp | Function | None, scope: Any, receive: Any, send: Any) -> None:
        """Serve an app, or what a function returns, at this address; None for what every app shares."""
        token = serving.set(app)
        try:
            await self._serve(scope, receive, send)
        finally:
            serving.reset(token)

    async def answer_for(self, request: Any, app: HostedApp) -> Any:
        """Return the answer of a route, such as the route's kind of request wants it."""
        from django.http import HttpRequest

        from ..pages import answered, serve_app

        async def page(request: HttpRequest) -> HttpResponseBase:
            return await answered(request, lambda: serve_app(request, app, path="/", is_open=True))

        return await page(request) if isinstance(request, HttpRequest) else _Answer(self, page)


class _Answer:
    """An answer in the shape of Starlette's: an ASGI application for the request at hand."""

    def __init__(self, site: RunnerSite, page: Function) -> None:
        self._site = site
        self._page = page

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        held = scope.get("smallweb.visitor")
        if held is not None:
            scope = await held.hand_over(scope)
        await self._site.serve(self._page, scope, receive, send)
