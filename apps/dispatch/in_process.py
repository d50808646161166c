"""Calls of paths from this process, through the view and its gates."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.handlers.asgi import ASGIRequest
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase

from ..core.http.caller import be_user
from .exceptions import CannotDispatch
from .paths import base_path
from .registry import Endpoint, route
from .views import dispatch

_FORM = b"application/x-www-form-urlencoded"


@dataclass(frozen=True, kw_only=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes


async def call_path(
    path: str, *, user: Any, method: str = "", values: Mapping[str, list[str]], json: bytes | None = None
) -> Reply:
    """Return what the path answers this user: through the same gates as a request of the network.

    ``values`` are the query of a GET, else the form, or the query beside a JSON body. An empty ``method`` is
    GET where that is served and there is no JSON, else the first that is. Raises CannotDispatch for a path
    that reaches nothing.
    """
    name = path.removeprefix(base_path()).lstrip("/")
    endpoint = route(name)
    if endpoint is None:
        raise CannotDispatch(f"No method of a controller has the path {path!r}.")
    method = method.upper() or _method_for(endpoint, has_body=json is not None)
    request = make_request(f"{base_path()}{name}", method=method, values=values, json=json)
    be_user(request, user)
    return await _read(await dispatch(request, endpoint))


def make_request(
    path: str, *, method: str, values: Mapping[str, list[str]], json: bytes | None = None
) -> ASGIRequest:
    """Return a request as this machine's own programs would send it."""
    text = urlencode(values, doseq=True).encode()
    is_form = json is None and method not in ("GET", "HEAD", "DELETE")
    body = (text if is_form else json) or b""
    headers = [(b"host", b"localhost"), (b"content-length", str(len(body)).encode())]
    if is_form or json is not None:
        headers.append((b"content-type", _FORM if is_form else b"application/json"))
    scope = {
        "type": "http", "method": method, "path": path, "headers": headers, "server": ("localhost", 80),
        "query_string": b"" if is_form else text, "client": ("127.0.0.1", 0),
    }  # fmt: skip
    return ASGIRequest(scope, io.BytesIO(body))


def _method_for(endpoint: Endpoint, *, has_body: bool) -> str:
    with_body = [one for one in endpoint.methods if one not in ("GET", "DELETE")]
    return (with_body or endpoint.methods)[0] if has_body else endpoint.methods[0]


async def _read(response: HttpResponseBase) -> Reply:
    body = b""
    if isinstance(response, StreamingHttpResponse):
        async for piece in response:
            body += piece
    else:
        body = response.content  # type: ignore[attr-defined]
    return Reply(status=response.status_code, headers=dict(response.items()), body=body)
