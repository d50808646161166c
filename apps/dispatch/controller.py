"""``Controller``: what classes in controllers packages are made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from asgiref.sync import sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.safestring import SafeString

from .exceptions import CannotDispatch
from .options import Options, options
from .progress import Progress
from .values import UrlPath

_OPTIONS = "access, methods, safe, html, timeout_s, cors, per_minute"


class Controller:
    """The public methods of a subclass's body answer at ``/<folders>/<library>/<Class>/<method>``.

    There is a new instance for each request. Options of the class hold for all its methods::

        class Hello(Controller, access="public", safe=True):
            def hello(self) -> str:
                return "hello world!!."
    """

    smallweb_dispatch_options: ClassVar[Options] = Options()
    _request: HttpRequest | None = None
    _progress: Progress = Progress()

    def __init_subclass__(
        cls,
        *,
        access: Any = None,
        methods: Iterable[str] | None = None,
        safe: bool | None = None,
        html: bool | None = None,
        timeout_s: float | None = None,
        cors: Iterable[str] | None = None,
        per_minute: float | None = None,
        **kwargs: Any,
    ) -> None:
        try:
            super().__init_subclass__(**kwargs)
        except TypeError as error:
            raise CannotDispatch(
                f"{cls.__name__} has no option {', '.join(kwargs)}; there are {_OPTIONS}."
            ) from error
        given = options(
            access=access, methods=methods, safe=safe, html=html, timeout_s=timeout_s, cors=cors,
            per_minute=per_minute,
        )  # fmt: skip
        cls.smallweb_dispatch_options = given.over(cls.smallweb_dispatch_options)

    @property
    def request(self) -> HttpRequest:
        """The request; in the background what is left of it: method, path, query, headers and user."""
        if self._request is None:
            raise CannotDispatch(f"{type(self).__name__} was made by hand: it serves no request.")
        return self._request

    @property
    def user(self) -> Any:
        """The user, AnonymousUser for a visitor."""
        return self.request.user

    @property
    def session(self) -> Any:
        """Django's session; None in the background and for tokens."""
        return getattr(self.request, "session", None)

    @property
    def path(self) -> UrlPath:
        """The path of the request, without its first slash."""
        return UrlPath(self.request.path_info[1:])

    @property
    def params(self) -> dict[str, Any]:
        """Everything that was sent, as a method with a parameter ``params`` gets it."""
        from .params import params_of

        return params_of(self.request)

    @property
    def progress(self) -> Progress:
        return self._progress

    def start(self, method: str, /, params: Any = None, **arguments: Any) -> dict[str, str]:
        """Have a worker run this method of the class, once the current transaction has committed.

        Return ``{"type": "task", "id": ...}``, what a method answers that is marked ``@task``; the status is
        at ``status/<id>``. ``params`` goes to a method that takes ``params``, ``arguments`` to others.
        Raises CannotDispatch for a name that the class does not have; what cannot be stored, such as NUL
        characters of a caller, is answered 400.
        """
        from .services.start_task import start_method

        given = arguments if params is None else {"params": params, **arguments}
        return start_method(self, method, given)

    async def astart(self, method: str, /, params: Any = None, **arguments: Any) -> dict[str, str]:
        """Do the same in a coroutine."""
        return await sync_to_async(self.start)(method, params, **arguments)

    def render(self, template: str, context: Mapping[str, Any] | None = None, **more: Any) -> SafeString:
        """Return a template of Django's with these values, as HTML."""
        from django.template.loader import render_to_string

        return render_to_string(template, {**(context or {}), **more}, request=self._request)

    def stream_template(
        self, template: str, context: Mapping[str, Any] | None = None, **more: Any
    ) -> HttpResponseBase:
        """Answer with a template, sent piece by piece as it is rendered."""
        from .streams import template_stream

        return template_stream(template, {**(context or {}), **more}, self._request)

    def file(self, path: Any, *, name: str = "", as_attachment: bool = False) -> HttpResponseBase:
        """Answer with a file of the disk, which the method itself has chosen: no part of the path may come
        from the caller unchecked. Raises FileNotFoundError.
        """
        from .streams import file_stream

        return file_stream(path, name=name, as_attachment=as_attachment)

    def redirect(self, to: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer with a redirect to a URL, or to the name of a view."""
        from django.shortcuts import redirect

        response: HttpResponseBase = redirect(to, *args, **kwargs)
        return response
