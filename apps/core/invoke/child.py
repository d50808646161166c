"""The child's side of a call host."""

from __future__ import annotations

import faulthandler
import os
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any, NoReturn

import msgspec
from django.db import connections

from ..exceptions import CallFailed
from ..processes import die_with_parent
from .board import Board, begin_call, use_board
from .call import CANCEL_SIGNAL, call_function
from .frames import Frames, PeerGone
from .outcome import Outcome

DUMP_SIGNAL = signal.SIGUSR2


class CallRequest(msgspec.Struct, frozen=True):
    """One call: what it is, is between the caller and the handler; how long it may take, the host watches.

    ``kind`` names the handler where one host serves several.
    """

    payload: Any
    timeout_s: float
    kind: str = ""


def serve(
    sock: socket.socket,
    handle: Callable[[CallRequest], Outcome],
    dump: IO[bytes],
    parent: int,
    *,
    board: Board,
) -> NoReturn:
    """Answer requests until the parent is gone. Never returns: this process is a fork of a worker."""
    status = 70
    try:
        die_with_parent(parent)
        _take_signals(dump)
        _be_first_to_go()
        use_board(board)
        frames = Frames(sock, list[CallRequest])
        own_pid = os.getpid()
        _forget_connections(all_of_them=True)  # the parent may have forked inside a transaction
        while True:
            for request in frames.receive():
                begin_call()
                answer = _sendable(handle, request)
                if os.getpid() != own_pid:  # a function has forked, and this is the copy
                    os._exit(0)
                _forget_connections()  # first: a lock that is left would keep the worker from recording
                frames.send(answer)
    except PeerGone:
        status = 0
    finally:
        os._exit(status)


def _take_signals(dump: IO[bytes]) -> None:
    # The parent decides when a call ends. A handler, for what user code starts must not inherit deafness.
    for signum in (signal.SIGINT, signal.SIGTERM, CANCEL_SIGNAL):
        signal.signal(signum, lambda signum, frame: None)
    faulthandler.enable(dump)
    # The traceback is written inside C code too; then the chained default action ends the process.
    signal.signal(DUMP_SIGNAL, signal.SIG_DFL)
    faulthandler.register(DUMP_SIGNAL, dump, all_threads=False, chain=True)


def _be_first_to_go() -> None:
    """Where memory ends, the kernel shall end the function and not the worker that answers for it."""
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
        score.write("500")


def _forget_connections(*, all_of_them: bool = False) -> None:
    """Close what a call has left: a connection with an error, or in a transaction that nobody ended.

    A database that was restarted shall fail one call, not all that follow; and an open transaction holds
    locks, and shows the next call what was.
    """
    for connection in connections.all(initialized_only=True):
        if all_of_them or connection.errors_occurred or connection.in_atomic_block:
            connection.close()
            del connections[connection.alias]


def _sendable(handle: Callable[[CallRequest], Outcome], request: CallRequest) -> Outcome:
    outcome = call_function(handle, {"request": request})
    answer = outcome.value if outcome.succeeded else outcome
    try:
        msgspec.msgpack.encode(answer)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        return Outcome(
            code=CallFailed.code, error=f"Its value cannot be sent: {error}.", duration_s=outcome.duration_s
        )
    return answer
