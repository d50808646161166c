"""``Runner``: a site of one script."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..registry import HostedApp, describe_app, override

if TYPE_CHECKING:
    from .routes import Routes
    from .site import RunnerSite

logger = logging.getLogger(__name__)

_IN_TEMPLATE = "SMALLWEB_SESSION_TEMPLATE"


class Runner:
    """A site that serves an app at ``/`` for everyone, each visitor in a process of their own; an ASGI
    application for any server, too.

    ``obj``: a Tag class, a module with ``App``, ``"module.App"`` or ``"module:App"``; None for routes alone.
    ``debug``: show tracebacks in the browser. ``parano``, ``http_only``: as the options of ``htag_app``.
    ``timeout_interaction``, ``timeout_inactivity``: seconds, as its ``timeout_interaction_s`` and
    ``timeout_inactivity_s``. ``ssl`` has no effect, as in htagweb. Raises CannotHost.

    It brings a Django of its own, whose database is in a private folder: ``SMALLWEB_DATA``, or one of this
    script in the user's data folder. Where a session's process imports the script, it does nothing.
    """

    def __init__(
        self,
        obj: Any = None,
        host: str = "0.0.0.0",  # noqa: S104 - as htagweb does
        port: int = 8000,
        debug: bool = False,
        ssl: Any = None,
        parano: bool = False,
        http_only: bool = False,
        timeout_interaction: float = 60,
        timeout_inactivity: float = 0,
    ) -> None:
        self.host = host
        self.port = port
        self.debug = debug
        self._options: dict[str, Any] = {
            "debug": debug,
            "parano": parano,
            "http_only": http_only,
            "timeout_interaction_s": timeout_interaction,
            "timeout_inactivity_s": timeout_inactivity,
        }
        self._script = Path(sys._getframe(1).f_globals.get("__file__") or "console").absolute()
        self._home = None if obj is None else self._described(obj)
        self._routes: Routes | None = None
        self._site: RunnerSite | None = None
        self._making = threading.Lock()
        if ssl is not None:
            logger.warning("Runner(ssl=...) has no effect; let a proxy end TLS")

    def run(self, openBrowser: bool = False) -> None:
        """Serve until Ctrl-C, with uvicorn if it is installed, else with daphne."""
        if os.environ.get(_IN_TEMPLATE):
            return
        if openBrowser:
            import webbrowser

            webbrowser.open_new_tab(f"http://localhost:{self.port}")
        try:
            self._serve()
        except KeyboardInterrupt:
            logger.info("ended by Ctrl-C")

    def _serve(self) -> None:
        self._get_site()
        if importlib.util.find_spec("uvicorn") is not None:
            import uvicorn

            uvicorn.run(self, host=self.host, port=self.port)
            return
        from daphne.server import Server

        Server(self, endpoints=[f"tcp:port={self.port}:interface={self.host}"]).run()

    def add_route(self, path: str, handler: Callable[..., Any], methods: Any = None, **options: Any) -> None:
        """Have an asynchronous function answer at this path; it must come before the first request.

        With Starlette installed it is a route of Starlette's: the function gets its ``Request``, in which
        ``request.session`` is the dict of the visitor's apps and ``request.app`` this Runner. Without, it
        gets Django's request, with ``session`` and ``app``, and returns Django's response.
        """
        if self._routes is None:
            from .routes import routes_for

            self._routes = routes_for(self)
        self._routes.add(path, handler, methods=methods, **options)

    async def handle(
        self,
        request: Any,
        obj: Any,
        http_only: bool | None = None,
        parano: bool | None = None,
        timeout_interaction: float | None = None,
        timeout_inactivity: float | None = None,
    ) -> Any:
        """Return the visitor's page of an app as the answer of a route; None leaves an option as it is.

        Raises CannotHost.
        """
        app = override(
            self._described(obj),
            http_only=http_only,
            parano=parano,
            timeout_interaction_s=timeout_interaction,
            timeout_inactivity_s=timeout_inactivity,
        )
        return await self._get_site().answer_for(request, app)

    async def serve(self, request: Any, obj: Any) -> Any:
        """As ``handle``; its name in older scripts."""
        return await self.handle(request, obj)

    def _described(self, obj: Any) -> HostedApp:
        return describe_app("", obj, access="public", **self._options)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        site = self._site
        if site is None:
            site = await asyncio.to_thread(self._get_site)
        if self._routes is not None and self._routes.has(scope):
            await self._routes.serve(site, scope, receive, send)
        else:
            await site.serve(self._home, scope, receive, send)

    async def _live(self, receive: Any, send: Any) -> None:
        await receive()
        await asyncio.to_thread(self._get_site)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    def _get_site(self) -> RunnerSite:
        from .site import make_site

        with self._making:
            site = self._site = make_site(self._script)
        return site
