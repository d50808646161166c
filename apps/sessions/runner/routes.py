"""The routes that a script adds to its Runner."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from .runner import Runner
    from .site import RunnerSite


class Routes(Protocol):
    """Routes of one kind or another."""

    def add(self, path: str, handler: Callable[..., Any], *, methods: Any, **options: Any) -> None: ...

    def has(self, scope: Any) -> bool:
        """Whether one of them has this address."""

    async def serve(self, site: RunnerSite, scope: Any, receive: Any, send: Any) -> None: ...


def routes_for(runner: Runner) -> Routes:
    """Return Starlette's routes where it is installed, else plain ones."""
    if importlib.util.find_spec("starlette") is None:
        return PlainRoutes(runner)
    return StarletteRoutes(runner)


class StarletteRoutes:
    """Routes of Starlette, with its answers to what is wrong; with ``debug`` it shows tracebacks."""

    def __init__(self, runner: Runner) -> None:
        from starlette.applications import Starlette

        self._runner = runner
        self._starlette = Starlette(debug=runner.debug)
        self._stack: Any = None

    def add(self, path: str, handler: Callable[..., Any], *, methods: Any, **options: Any) -> None:
        self._starlette.router.add_route(path, handler, methods=methods, **options)

    def has(self, scope: Any) -> bool:
        from starlette.routing import Match

        return any(route.matches(scope)[0] is not Match.NONE for route in self._starlette.router.routes)

    async def serve(self, site: RunnerSite, scope: Any, receive: Any, send: Any) -> None:
        from .visitor_dict import VisitorDict

        if self._stack is None:
            self._stack = self._starlette.build_middleware_stack()
        visitor = await VisitorDict.of(scope)
        inner = {**scope, "app": self._runner, "session": visitor.data, "smallweb.visitor": visitor}
        await self._stack(inner, receive, visitor.sending(send))


class PlainRoutes:
    """Whole paths, whose functions take Django's request."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._handlers: dict[str, tuple[Callable[..., Any], frozenset[str]]] = {}

    def add(self, path: str, handler: Callable[..., Any], *, methods: Any, **options: Any) -> None:
        self._handlers[path] = (handler, frozenset(methods or ("GET", "HEAD")))

    def has(self, scope: Any) -> bool:
        return scope["type"] == "http" and scope["path"] in self._handlers

    async def serve(self, site: RunnerSite, scope: Any, receive: Any, send: Any) -> None:
        from django.http import HttpResponseNotAllowed

        from ...core.socket.pool import in_pool

        handler, methods = self._handlers[scope["path"]]

        async def answer(request: Any) -> Any:
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            request.app = self._runner
            await in_pool(lambda: request.session.get("", None))  # else the function's first look would wait
            return await handler(request)

        await site.serve(answer, scope, receive, send)
