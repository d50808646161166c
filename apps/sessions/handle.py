"""``handle``: serve an app from a view of your own."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from .registry import HostedApp, describe_app, override

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


async def handle(request: HttpRequest, obj: Any, *, path: str = "/", **overrides: Any) -> HttpResponseBase:
    """Return the visitor's page of an app, in an asynchronous view; who may see it is the view's matter.

    ``obj`` is what ``htag_app`` takes, or the name of an app that it has registered; ``overrides`` are
    options of ``HostedApp``, for this view, None for what holds anyway. ``path``: what the address has beyond
    that of the view; an ASGI application is asked for it. Raises CannotHost.
    """
    from .pages import answered, serve_app
    from .serving import registered_app

    app = await registered_app(obj) if isinstance(obj, str) and "." not in obj and ":" not in obj else None
    if app is None:
        app = _described(obj)
    wanted = override(app, **overrides)
    return await answered(request, lambda: serve_app(request, wanted, path=path, is_open=True))


@functools.lru_cache(maxsize=1024)
def _described(obj: Any) -> HostedApp:
    return describe_app("", obj)
