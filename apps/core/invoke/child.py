"""The child's side of a call host."""

from __future__ import annotations

import faulthandler
import os
import signal
import socket
from collections.abc import Callable
from typing import IO, Any, NoReturn

import msgspec

from ..exceptions import CallFailed
from ..processes import die_with_parent
from .call import call_function
from .frames import Frames, PeerGone
from .outcome import Outcome


class CallRequest(msgspec.Struct, frozen=True):
    """One call: what it is, is between the caller and the handler; how long it may take, the host watches."""

    payload: Any
    timeout_s: float


def serve(
    sock: socket.socket, handle: Callable[[CallRequest], Outcome], dump: IO[bytes], parent: int
) -> NoReturn:
    """Answer requests until the parent is gone. Never returns: this process is a fork of a worker."""
    die_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is the parent's business
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    faulthandler.enable(dump)
    faulthandler.register(signal.SIGUSR2, dump, all_threads=False)
    frames = Frames(sock, list[CallRequest])
    try:
        while True:
            for request in frames.receive():
                frames.send(_sendable(handle, request))
    except PeerGone:
        os._exit(0)
    except BaseException:
        os._exit(70)


def _sendable(handle: Callable[[CallRequest], Outcome], request: CallRequest) -> Outcome:
    outcome = call_function(handle, {"request": request})
    answer = outcome.value if outcome.succeeded else outcome
    try:
        msgspec.msgpack.encode(answer)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        return Outcome(code=CallFailed.code, error=f"Its value cannot be sent: {error}.")
    return answer
