"""Django's own middleware on the event loop.

Django calls what its middleware does before and after a view in a thread, for some middleware waits. Its own
does so in few cases, which are named here; in all others such a detour costs more than the whole request.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.common import CommonMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.locale import LocaleMiddleware
from django.middleware.security import SecurityMiddleware
from django.utils.deprecation import MiddlewareMixin

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")


class _OnTheLoop(MiddlewareMixin):
    async def __acall__(self, request: HttpRequest) -> Any:
        before: Any = getattr(self, "process_request", None)
        after: Any = getattr(self, "process_response", None)
        response: Any = None if before is None else before(request)
        response = response or await self.get_response(request)  # type: ignore[misc]
        if after is None:
            return response
        if self._may_wait(request):
            return await sync_to_async(after, thread_sensitive=True)(request, response)
        return after(request, response)

    def _may_wait(self, request: HttpRequest) -> bool:
        """Whether what follows the view may ask a database or a cache."""
        return False


class _Security(_OnTheLoop, SecurityMiddleware):
    pass


class _Common(_OnTheLoop, CommonMiddleware):
    pass


class _XFrameOptions(_OnTheLoop, XFrameOptionsMiddleware):
    pass


class _Locale(_OnTheLoop, LocaleMiddleware):
    pass


class _Authentication(_OnTheLoop, AuthenticationMiddleware):
    pass


class _Session(_OnTheLoop, SessionMiddleware):
    def _may_wait(self, request: HttpRequest) -> bool:
        return settings.SESSION_SAVE_EVERY_REQUEST or bool(getattr(request.session, "modified", False))


class _Messages(_OnTheLoop, MessageMiddleware):
    def _may_wait(self, request: HttpRequest) -> bool:
        messages: Any = getattr(request, "_messages", None)
        return messages is not None and bool(messages.used or messages.added_new)


class _CsrfView(_OnTheLoop, CsrfViewMiddleware):
    """Where the token is in the cookie; a token in the session is left to Django's own."""

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        if self.async_mode:
            self.process_view = self._aprocess_view  # type: ignore[assignment,method-assign]

    async def _aprocess_view(self, request: HttpRequest, callback: Callable[..., Any], *rest: Any) -> Any:
        view: Any = super().process_view
        if request.method in _SAFE_METHODS or getattr(callback, "csrf_exempt", False):
            return view(request, callback, *rest)
        return await sync_to_async(view, thread_sensitive=True)(request, callback, *rest)  # a form is read


def on_the_loop(names: list[str]) -> list[str]:
    """Return the names of middleware with ours in place of Django's own; all other names stay."""
    ours = {
        f"{base.__module__}.{base.__qualname__}": f"{kind.__module__}.{kind.__qualname__}"
        for kind in _OnTheLoop.__subclasses__()
        for base in kind.__bases__[1:]
    }
    if settings.CSRF_USE_SESSIONS:
        del ours[f"{CsrfViewMiddleware.__module__}.{CsrfViewMiddleware.__qualname__}"]
    return [ours.get(name, name) for name in names]
