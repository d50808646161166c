"""JSON-RPC 2.0 (jsonrpc.org/specification) without I/O: bytes to requests, answers to text.

Strict JSON by msgspec: NaN, lone surrogates and endless numbers are refused. A request without an
``id`` is a notification; ``0``, ``""`` and ``null`` are ids. Of a repeated key the last one counts.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Raw, UnsetType

from ..exceptions import SmallwebError
from ..plain import as_plain

RequestId = int | float | str | None
MAX_BATCH = 100


class ErrorCode(IntEnum):
    """The specification's codes, and the suite's own."""

    PARSE_ERROR = -32700
    INVALID_REQUEST = -32600
    METHOD_NOT_FOUND = -32601
    INVALID_PARAMS = -32602
    INTERNAL_ERROR = -32603
    NOT_FOUND = -32001
    REFUSED = -32003
    EXPIRED = -32010
    BUSY = -32011
    TIMED_OUT = -32012
    APPLICATION = -32000
    CANCELLED = -32800


class CloseCode(IntEnum):
    """Why the server closed a socket (RFC 6455 leaves 4000-4999 to applications)."""

    BAD_FRAMES = 4400
    SESSION_ENDED = 4401
    KICKED = 4403
    NO_SUCH_PATH = 4404
    SLOW_READER = 4408
    MESSAGE_TOO_BIG = 4413
    TOO_MANY = 4429


class RpcError(SmallwebError):
    """What a caller is told when a call fails: a code, a sentence, perhaps data."""

    def __init__(self, rpc_code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.rpc_code = rpc_code
        self.data = data


class Request(msgspec.Struct, frozen=True):
    """One call (or notification, if it has no id); ``params`` is not decoded yet."""

    jsonrpc: Literal["2.0"]
    method: str
    params: Raw | UnsetType = UNSET
    id: RequestId | UnsetType = UNSET

    @property
    def is_notification(self) -> bool:
        return self.id is UNSET


class _Result(msgspec.Struct, frozen=True):
    result: Any
    id: RequestId
    jsonrpc: str = "2.0"


class Fault(msgspec.Struct, frozen=True):
    """Something that came in place of a request, and the error that answers it."""

    error: RpcError


class Frame(msgspec.Struct, frozen=True):
    """What one message held; a batch is answered by one array."""

    entries: list[Request | Fault]
    is_batch: bool = False


_request_decoder = msgspec.json.Decoder(Request)
_batch_decoder = msgspec.json.Decoder(list[Raw])
_any_decoder = msgspec.json.Decoder()
_encoder = msgspec.json.Encoder(enc_hook=as_plain)
_BLANK = b" \t\r\n"


def parse(data: bytes) -> Frame:
    """Return what a message holds. Whatever the bytes are, nothing is raised."""
    if data.lstrip(_BLANK)[:1] != b"[":
        return Frame([_parse_one(data)])
    try:
        items = _batch_decoder.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        return Frame([_unreadable(error)])
    if not items:
        return Frame([Fault(RpcError(ErrorCode.INVALID_REQUEST, "The batch is empty."))])
    if len(items) > MAX_BATCH:
        text = f"The batch has {len(items)} requests; it may have {MAX_BATCH}."
        return Frame([Fault(RpcError(ErrorCode.INVALID_REQUEST, text))])
    return Frame([_parse_one(bytes(item)) for item in items], is_batch=True)


def parse_request(data: bytes) -> Request | None:
    """Return the one request that a message is; None for anything else, which ``parse`` looks at."""
    if data[:1] != b"{":
        return None
    try:
        return _request_decoder.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


def _parse_one(data: bytes) -> Request | Fault:
    try:
        return _request_decoder.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        pass
    try:
        _any_decoder.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        return _unreadable(error)
    text = 'This is no request; write {"jsonrpc": "2.0", "method": …, "params": array or object, "id": …}.'
    return Fault(RpcError(ErrorCode.INVALID_REQUEST, text))


def _unreadable(error: Exception) -> Fault:
    return Fault(RpcError(ErrorCode.PARSE_ERROR, f"The message is no JSON: {error}."))


def result_text(request_id: RequestId, result: Any) -> str:
    """Return the answer to one request. Raises TypeError, ValueError or OverflowError for what is no JSON."""
    return _encoder.encode(_Result(result, request_id)).decode()


def error_text(request_id: RequestId | UnsetType, error: RpcError) -> str:
    """Return the error that answers one request."""
    body: dict[str, Any] = {"code": int(error.rpc_code), "message": str(error)}
    if error.data is not None:
        body["data"] = error.data
    known_id = None if request_id is UNSET else request_id
    return _encoder.encode({"jsonrpc": "2.0", "error": body, "id": known_id}).decode()


def batch_text(answers: list[str]) -> str:
    """Return the one array that answers a batch."""
    return f"[{','.join(answers)}]"


def notification_text(method: str, params: Any) -> str:
    """Return a notification, which nobody answers."""
    return _encoder.encode({"jsonrpc": "2.0", "method": method, "params": params}).decode()
