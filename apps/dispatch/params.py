"""The dict that a method with a parameter ``params`` gets."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest

from ..core.http.refusal import Refusal
from .given import Given, read_given

RESERVED = ("get", "post", "urlpath", "data")
"""Names that the dict has itself: a caller may not put others in their place."""


def params_of(request: HttpRequest) -> dict[str, Any]:
    """Return ``{"get": {...}, "post": {...}, <name>: <value>, ..., "urlpath": "...", "data": <JSON>}``.

    The names between are those of the query of a GET, of the form of another; of a name that comes twice
    the first value counts. ``data`` is there when a JSON body says more than nothing. Raises Refusal.
    """
    return make_params(read_given(request), method=request.method or "GET", path=request.path_info)


def make_params(given: Given, *, method: str, path: str) -> dict[str, Any]:
    query = {name: values[0] for name, values in given.query.lists() if values}
    form = {name: values[0] for name, values in given.form.lists() if values}
    flat = query if method in ("GET", "HEAD") else form
    for name in RESERVED:
        if name in flat:
            raise Refusal(
                400, "bad_parameter", f"{name}: no parameter may have this name.", data={"field": name}
            )
    params: dict[str, Any] = {"get": query, "post": form, **flat, "urlpath": path[1:]}
    data = None if given.json is None else _json(given.json)
    if data:
        params["data"] = data
    return params


def _json(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body) if body else None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, ValueError) as error:
        raise Refusal(400, "bad_json", f"The body is no JSON: {error}.") from error
