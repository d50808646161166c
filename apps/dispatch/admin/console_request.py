"""What the console asks for, and the request that asks it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from django.http import HttpRequest, QueryDict
from django.utils.datastructures import MultiValueDict

from ...core.http.answers import JSON
from ...core.redact import redact

FORM = "multipart/form-data"
_KEPT = ("HTTP_HOST", "HTTP_USER_AGENT", "SERVER_NAME", "SERVER_PORT", "REMOTE_ADDR")


class Asked(NamedTuple):
    """``body`` is the JSON to be sent, UNSET for none; with ``files`` the rest goes as a ``form``."""

    method: str
    query: dict[str, Any]
    body: Any = msgspec.UNSET
    form: dict[str, Any] | None = None
    files: Mapping[str, list[Any]] = {}

    def hidden(self) -> Asked:
        """Return it without what looks secret, for people to read."""
        body = self.body if self.body is msgspec.UNSET else redact(self.body)
        form = None if self.form is None else redact(self.form)
        return self._replace(query=redact(self.query), body=body, form=form)


def texts_of(value: Any) -> list[str]:
    """Return how a value stands in a query or a form: each item of a list for itself."""
    if isinstance(value, list):
        return [text for item in value for text in texts_of(item)]
    if value is None:
        return [""]
    return [value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)]


def query_text(query: Mapping[str, Any]) -> str:
    return _texts(query).urlencode()


class ConsoleRequest(HttpRequest):
    """A request by the person at the console, as their own page would send it; there are no cookies."""

    def __init__(self, asked: Asked, path: str, *, of: HttpRequest) -> None:
        super().__init__()
        self.method = asked.method
        self.path = self.path_info = path
        self.GET: Any = _texts(asked.query)
        self.META = {name: of.META[name] for name in _KEPT if name in of.META}
        self.META |= {"QUERY_STRING": query_text(asked.query), "HTTP_ACCEPT": JSON}
        self.user = of.user
        self.session = of.session
        self._scheme = of.scheme or "http"
        self._take_body(asked)

    async def auser(self) -> Any:
        return self.user

    def _take_body(self, asked: Asked) -> None:
        self._body = b"" if asked.body is msgspec.UNSET else json.dumps(asked.body).encode()
        if asked.form is not None:
            files: MultiValueDict[str, Any] = MultiValueDict(dict(asked.files))
            self.POST: Any = _texts(asked.form)
            self.FILES = files
            self.content_type = FORM
            vars(self).update(_post=self.POST, _files=files)  # where the log of requests looks
        elif asked.body is not msgspec.UNSET:
            self.content_type = JSON
        else:
            self.content_type = ""
        self.META["CONTENT_TYPE"] = self.content_type

    def _get_scheme(self) -> str | None:
        return self._scheme


def _texts(values: Mapping[str, Any]) -> QueryDict:
    made = QueryDict(mutable=True)
    for name, value in values.items():
        made.setlist(name, texts_of(value))
    return made
