"""A child process that calls user code, so that nothing it does can harm the worker.

Functions may leak, hang in C, call ``os._exit`` or be killed for their memory: the worker that holds
the rows and writes the pages is another process, sees the end of its child, records which call did it
and goes on with the next one in a new child.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from django.db import connections

from ..exceptions import CallFailed, CallTimedOut
from .child import CallRequest, serve
from .frames import Frames, PeerGone
from .outcome import Outcome

# A call that does not end when it is interrupted gets this long before its process is killed.
GRACE_S = 1.0
_DUMP_WAIT_S = 0.5


@dataclass
class _Child:
    pid: int
    owner: int
    frames: Frames[Outcome]
    dump: IO[bytes]

    def reap(self) -> int:
        """Kill it with all that it started and return its wait status."""
        os.killpg(self.pid, signal.SIGKILL)
        self.frames.sock.close()
        return os.waitpid(self.pid, 0)[1]

    def dump_traceback(self) -> None:
        """Have the interpreter write where it hangs, also inside C code, and wait until it has."""
        os.kill(self.pid, signal.SIGUSR2)
        deadline = time.monotonic() + _DUMP_WAIT_S
        while not self.dumped() and time.monotonic() < deadline:
            time.sleep(0.01)

    def dumped(self) -> str:
        self.dump.seek(0)
        return self.dump.read().decode(errors="replace")


class CallHost:
    """Runs ``handle(request) -> Outcome`` in a child that is forked on first use and kept.

    Module state of user code lives as long as the child. ``handle`` ends Python code that runs over
    its time (see ``call_function``); the host ends everything else. Requests and outcomes must be
    MessagePack: None, bool, int, float, str, bytes, lists and dicts.
    """

    def __init__(self, handle: Callable[[CallRequest], Outcome]) -> None:
        self._handle = handle
        self._child: _Child | None = None

    def run(
        self, requests: Sequence[CallRequest], *, on_wait: Callable[[], None] | None = None
    ) -> Iterator[Outcome]:
        """Yield the outcome of each request, in order; ``on_wait`` is called every few seconds of waiting."""
        done = 0
        try:
            while done < len(requests):
                child = self._send(requests[done:])
                for request in requests[done:]:
                    done += 1
                    outcome, ended = _receive(child, request, on_wait)
                    if ended:
                        self._child = None
                    yield outcome
                    if ended:
                        break
        finally:
            if done < len(requests) or sys.exc_info()[0] is not None:
                self.close()

    def close(self) -> None:
        """End the child, whatever it does."""
        child, self._child = self._child, None
        if child is not None and child.owner == os.getpid():
            child.reap()

    def _send(self, requests: Sequence[CallRequest]) -> _Child:
        for _attempt in range(2):
            child = self._child
            if child is None or child.owner != os.getpid():
                child = self._child = self._fork()
            try:
                child.frames.send(requests)
            except PeerGone:  # it ended while it had nothing to do
                child.reap()
                self._child = None
            else:
                return child
        raise PeerGone("The child process ended before it could be given work.")

    def _fork(self) -> _Child:
        # A child must not share the parent's database connections.
        connections.close_all()
        ours, theirs = socket.socketpair()
        dump = tempfile.TemporaryFile()
        sys.stdout.flush()
        sys.stderr.flush()
        parent = os.getpid()
        pid = os.fork()
        os.setpgid(pid, pid)  # pid is 0 in the child: both sides do it, so neither waits for the other
        if pid == 0:
            ours.close()
            serve(theirs, self._handle, dump, parent)
        theirs.close()
        return _Child(pid, parent, Frames(ours, Outcome), dump)


def _receive(child: _Child, request: CallRequest, on_wait: Callable[[], None] | None) -> tuple[Outcome, bool]:
    """Return the outcome and whether the child has ended with it."""
    try:
        return child.frames.receive(timeout_s=request.timeout_s + GRACE_S, on_wait=on_wait), False
    except PeerGone:
        return _ended(child.reap(), child.dumped()), True
    except TimeoutError:
        child.dump_traceback()
        child.reap()
        return _overran(request, child.dumped()), True


def _ended(status: int, dumped: str) -> Outcome:
    if os.WIFSIGNALED(status):
        how = f"killed by {signal.Signals(os.WTERMSIG(status)).name}"
    else:
        how = f"exit status {os.WEXITSTATUS(status)}"
    return Outcome(code=CallFailed.code, error=f"It ended its process: {how}.", traceback=dumped)


def _overran(request: CallRequest, dumped: str) -> Outcome:
    return Outcome(
        code=CallTimedOut.code,
        error=f"It ran longer than its timeout of {request.timeout_s:g} s and could not be interrupted; "
        "its process was killed.",
        traceback=dumped,
        duration_s=request.timeout_s + GRACE_S,
    )
