"""Which JSON-RPC error answers which of the suite's errors."""

from __future__ import annotations

import logging

from ..exceptions import (
    AccessDenied,
    BadTopic,
    BusUnavailable,
    CannotPublish,
    NothingThere,
    NotRegistered,
    PublicError,
    SmallwebError,
)
from .protocol import ErrorCode, RpcError

logger = logging.getLogger(__name__)

_CODES: list[tuple[type[SmallwebError], ErrorCode]] = [
    (AccessDenied, ErrorCode.REFUSED),
    (NotRegistered, ErrorCode.NOT_FOUND),
    (NothingThere, ErrorCode.NOT_FOUND),
    (BadTopic, ErrorCode.INVALID_PARAMS),
    (CannotPublish, ErrorCode.INVALID_PARAMS),
    (BusUnavailable, ErrorCode.BUSY),
]


def as_rpc_error(error: BaseException, *, method: str) -> RpcError:
    """Return what the caller is told; an error that the suite does not name is logged and not shown."""
    if isinstance(error, RpcError):
        return error
    if isinstance(error, PublicError):
        return RpcError(error.rpc_code, str(error), {"code": error.code, **error.data})
    for kind, code in _CODES:
        if isinstance(error, kind):
            return RpcError(code, str(error), {"code": error.code})
    logger.error("method=%s failed", method, exc_info=error)
    return call_failed(error)


def call_failed(error: BaseException) -> RpcError:
    """Return all that a caller is told of an error that is none of theirs."""
    told = {"code": "call_failed", "type": type(error).__name__}
    return RpcError(ErrorCode.INTERNAL_ERROR, "The call failed on the server; its log says why.", told)
