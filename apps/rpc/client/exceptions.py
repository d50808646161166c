"""What goes wrong for a program that calls a site; ``code`` is the number on the wire."""

from __future__ import annotations

from typing import Any, ClassVar


class ClientError(Exception):
    """The root of the client's errors."""


class ConnectionLost(ClientError):
    """There is no line, or it broke before the answer came; whether the call was run is not known."""


class ConnectionRefused(ConnectionLost):
    """The server does not want this client: wrong address or token, or an ended session. Final."""


class SubscriptionEnded(ClientError):
    """The subscription will hear nothing more: another one has taken its place."""


class SlowConsumer(ClientError):
    """A stream's items came faster than they were taken; the call was cancelled."""


class RpcError(ClientError):
    """The server's error; its subclasses name the codes that every server of smallweb has."""

    wire_code: ClassVar[int | None] = None

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(code, message, data)
        self.code = code
        self.message = message
        self.data = data

    def __str__(self) -> str:
        return f"{self.message} ({self.code})"


class ParseError(RpcError):
    wire_code = -32700


class InvalidRequest(RpcError):
    wire_code = -32600


class MethodNotFound(RpcError):
    wire_code = -32601


class InvalidParams(RpcError):
    """Wrong arguments."""

    wire_code = -32602

    @property
    def field(self) -> str | None:
        """The wrong argument's name, where the server tells it."""
        return self.data.get("field") if isinstance(self.data, dict) else None


class InternalError(RpcError):
    wire_code = -32603


class ApplicationError(RpcError):
    """An error that the called code meant for its callers."""

    wire_code = -32000


class NotFound(RpcError):
    """No such member or channel, or not for this caller."""

    wire_code = -32001


class Refused(RpcError):
    wire_code = -32003


class Expired(RpcError):
    """The call waited for its turn longer than it may, and was not started."""

    wire_code = -32010


class Busy(RpcError):
    """A limit is reached; try again later."""

    wire_code = -32011


class CallTimedOut(RpcError):
    """The time given to the call, here or by the server, ran out; the server was told to cancel it."""

    wire_code = -32012


class CallCancelled(RpcError):
    wire_code = -32800


_BY_CODE = {kind.wire_code: kind for kind in RpcError.__subclasses__()}


def rpc_error(code: int, message: str, data: Any = None) -> RpcError:
    """Return the error for a code, of the subclass that names it."""
    return _BY_CODE.get(code, RpcError)(code, message, data)
