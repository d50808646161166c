"""JSON-RPC 2.0 as a client speaks it, without I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import msgspec
from msgspec import UNSET, UnsetType

Params = Sequence[Any] | Mapping[str, Any]

_encoder = msgspec.json.Encoder()


class Fault(msgspec.Struct, frozen=True):
    code: int
    message: str
    data: Any = None


class Message(msgspec.Struct, frozen=True):
    """One message of the server: a notification if it has a method, else the answer to the call ``id``."""

    id: int | str | None = None
    method: str | UnsetType = UNSET
    params: Any = None
    result: Any = None
    error: Fault | UnsetType = UNSET


_decoder = msgspec.json.Decoder(Message | list[Message])


def messages_of(text: str | bytes) -> list[Message]:
    """Return what a frame holds; a batch's answers are several. Raises msgspec.DecodeError."""
    found = _decoder.decode(text)
    return found if isinstance(found, list) else [found]


def request_text(method: str, params: Params, call_id: int | None = None) -> str:
    """Return a call, or a notification if there is no id. Raises TypeError for what is no JSON."""
    body: dict[str, Any] = {"jsonrpc": "2.0", "method": method, "params": params}
    if call_id is not None:
        body["id"] = call_id
    return _encoder.encode(body).decode()


def request_of(
    path: str, args: Sequence[Any], kwargs: Mapping[str, Any], **extras: Any
) -> tuple[str, Params]:
    """Return method and parameters of a call.

    JSON-RPC has arguments by position or by name; both at once, or extras, go through ``rpc.call``.
    """
    told = {name: value for name, value in extras.items() if value is not None}
    if told or (args and kwargs):
        return "rpc.call", {"path": path, "args": args, "kwargs": kwargs, **told}
    return path, kwargs or args


def socket_url(url: str) -> str:
    """Return the socket's address for that of a site; one that begins with ``ws`` is taken as it is.

    Raises ValueError for another scheme.
    """
    parts = urlsplit(url)
    if parts.scheme in ("ws", "wss"):
        return url
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError(
            f"{url!r} is no address of a site; write http://… or https://…, or its socket's ws://…"
        )
    scheme = "wss" if parts.scheme == "https" else "ws"
    return urlunsplit((scheme, parts.netloc, f"{parts.path.rstrip('/')}/ws/", parts.query, ""))
