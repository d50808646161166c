"""The same call as a program would make it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any, NamedTuple

from ...core.admin.snippet import VARIABLE, Snippet, code_of
from ...core.redact import redact
from ..endpoints import Endpoint, FunctionEndpoint
from ..parameters import Parameter


class Request(NamedTuple):
    """What was asked: ``args`` and ``kwargs`` of a call, the ``value`` of a set."""

    verb: str
    args: list[Any]
    kwargs: dict[str, Any]
    value: Any = None

    def hidden(self, name: str) -> Request:
        """Return it without what looks secret, for people to read."""
        return self._replace(kwargs=redact(self.kwargs), value=redact({name: self.value})[name])


def wire(endpoint: Endpoint, asked: Request) -> tuple[str, Any]:
    """Return the method and the parameters of the request's JSON-RPC."""
    if asked.verb == "call":
        natural: Any = asked.kwargs if asked.kwargs and not asked.args else asked.args
        if asked.args and asked.kwargs:
            return "rpc.call", {"path": endpoint.name, "args": asked.args, "kwargs": asked.kwargs}
        return endpoint.name, natural
    params = {"path": endpoint.name} | ({"value": asked.value} if asked.verb == "set" else {})
    return f"rpc.{asked.verb}", params


def by_position(asked: Request, listed: Sequence[Parameter]) -> Request:
    """Return the same call with arguments by position as far as they follow each other."""
    args: list[Any] = []
    kwargs = dict(asked.kwargs)
    for one in listed:
        if one.kind != "positional" or one.name not in kwargs:
            break
        args.append(kwargs.pop(one.name))
    return asked._replace(args=args + asked.args, kwargs=kwargs)


def snippets(endpoint: Endpoint, asked: Request, *, site: str) -> list[Snippet]:
    """Return the call for curl, JavaScript and Python; ``site`` is the address without a slash at its end."""
    shown = asked.hidden(endpoint.name.rpartition(".")[2])
    listed = endpoint.parameters.listed if isinstance(endpoint, FunctionEndpoint) else []
    positional = by_position(shown, listed)
    return [
        Snippet("curl", _curl(endpoint, shown, site)),
        Snippet("JavaScript (rpc.js)", _javascript(endpoint, positional)),
        Snippet("Python (smallweb.rpc.client)", _python(endpoint, positional, site)),
    ]


def _curl(endpoint: Endpoint, asked: Request, site: str) -> str:
    method, params = wire(endpoint, asked)
    body = code_of({"jsonrpc": "2.0", "method": method, "params": params, "id": 1})
    return (
        f"curl {shlex.quote(f'{site}/rpc/')} \\\n"
        f'  -H "Authorization: Bearer ${VARIABLE}" \\\n'
        f"  -H 'Content-Type: application/json' \\\n"
        f"  -d {shlex.quote(body)}"
    )


def _javascript(endpoint: Endpoint, asked: Request) -> str:
    path = f"rpc.{endpoint.name}"
    if asked.verb == "get":
        return f"await {path}"
    if asked.verb == "set":
        return f"await rpc.set({code_of(endpoint.name)}, {code_of(asked.value)})"
    if asked.verb == "delete":
        return f"await rpc.delete({code_of(endpoint.name)})"
    args = [code_of(value) for value in asked.args]
    if _streams(endpoint) and not asked.kwargs:
        return f"for await (const item of {path}.stream({', '.join(args)})) console.log(item);"
    if asked.kwargs:
        return f"await {path}.with({', '.join([code_of({'kwargs': asked.kwargs}), *args])})"
    return f"await {path}({', '.join(args)})"


def _python(endpoint: Endpoint, asked: Request, site: str) -> str:
    if _streams(endpoint):
        work = f"for item in client.stream({', '.join([repr(endpoint.name), *_python_arguments(asked)])}):"
        return f"{_python_begin(site)}    {work}\n        print(item)"
    words = {
        "get": f"get({endpoint.name!r})",
        "set": f"set({endpoint.name!r}, {asked.value!r})",
        "delete": f"delete({endpoint.name!r})",
        "call": f"call({', '.join([repr(endpoint.name), *_python_arguments(asked)])})",
    }
    return f"{_python_begin(site)}    print(client.{words[asked.verb]})"


def _python_begin(site: str) -> str:
    return (
        "import os\n\nfrom smallweb.rpc.client import connect_sync\n\n"
        f"with connect_sync({site!r}, token=os.environ[{VARIABLE!r}]) as client:\n"
    )


def _streams(endpoint: Endpoint) -> bool:
    return isinstance(endpoint, FunctionEndpoint) and endpoint.streams


def _python_arguments(asked: Request) -> list[str]:
    named = {name: value for name, value in asked.kwargs.items() if name.isidentifier()}
    others = {name: value for name, value in asked.kwargs.items() if name not in named}
    more = [f"**{others!r}"] if others else []
    return [*map(repr, asked.args), *(f"{name}={value!r}" for name, value in named.items()), *more]
