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
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

from django.db import connections

from ..exceptions import CallCancelled, CallFailed, CallTimedOut
from ..text import MAX_TEXT
from .board import Board
from .call import CANCEL_SIGNAL
from .child import DUMP_SIGNAL, CallRequest, serve
from .frames import BadFrame, Frames, PeerGone
from .outcome import Outcome

# A call that does not end when it is interrupted gets this long before its process is killed.
GRACE_S = 1.0
_DUMP_WAIT_S = 1.0


class EndCall(Exception):
    """Raised by ``on_wait``: the running call shall end, with an outcome that says so."""


@dataclass
class _Child:
    pid: int
    owner: int
    frames: Frames[Outcome]
    dump: IO[bytes]
    board: Board
    death_fd: int | None
    answered: int = 0

    def reap(self) -> int:
        """Kill it with all that it started and return its wait status."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.frames.sock.close()
        if self.death_fd is not None:
            os.close(self.death_fd)
        return os.waitpid(self.pid, 0)[1]

    def end_with_traceback(self) -> None:
        """Have the interpreter write where it hangs, also inside C code, and end."""
        os.kill(self.pid, DUMP_SIGNAL)
        deadline = time.monotonic() + _DUMP_WAIT_S
        while os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            if time.monotonic() > deadline:
                return
            time.sleep(0.005)

    def traceback(self) -> str:
        """Return what the interpreter wrote about its end."""
        with self.dump as file:
            file.seek(0)
            return file.read(MAX_TEXT).decode(errors="replace")


class CallHost:
    """Runs ``handle(request) -> Outcome`` in a child that is forked on first use and kept.

    Module state of user code lives as long as the child. ``handle`` ends Python code that runs over
    its time (see ``call_function``); the host ends everything else. Requests and outcomes must be
    MessagePack: None, bool, int, float, str, bytes, lists and dicts. One thread at a time.
    """

    def __init__(self, handle: Callable[[CallRequest], Outcome]) -> None:
        self._handle = handle
        self._child: _Child | None = None
        self._board: Board | None = None

    def news(self) -> bytes | None:
        """Return what the call has posted (``board.post``) if that is new since the last look.

        After a call that ended its process this is the last that it has posted.
        """
        return None if self._board is None else self._board.news()

    def run(
        self,
        requests: Sequence[CallRequest],
        *,
        on_wait: Callable[[], None] | None = None,
        wait_s: float = 1.0,
    ) -> Iterator[Outcome]:
        """Yield the outcome of each request, in order.

        ``on_wait`` is called before each wait for an outcome and every ``wait_s`` seconds while it
        lasts. EndCall from it ends the call that runs, gently first; anything else leaves here and ends
        the child, as does closing the iterator early.
        """
        child: _Child | None = None
        try:
            for index, request in enumerate(requests):
                child = child or self._send(requests[index:])
                outcome = self._receive(child, request, on_wait, wait_s)
                child.answered += 1
                child = self._child  # None when it has ended with this call
                yield outcome
        except BaseException:  # GeneratorExit too: what is left of the requests must not run
            self.close()
            raise

    def close(self) -> None:
        """End the child, whatever it does."""
        child, self._child = self._child, None
        if child is not None and child.owner == os.getpid():
            child.reap()
            child.dump.close()

    def _send(self, requests: Sequence[CallRequest]) -> _Child:
        for _attempt in range(2):
            if self._child is None or self._child.owner != os.getpid():
                self._child = self._fork()
            self._board = self._child.board
            self._board.clear()
            try:
                self._child.frames.send(requests)
            except PeerGone:  # it ended while it had nothing to do
                self.close()
            else:
                return self._child
        raise PeerGone("The child process ended before it could be given work.")

    def _receive(
        self, child: _Child, request: CallRequest, on_wait: Callable[[], None] | None, wait_s: float
    ) -> Outcome:
        timeout_s = request.timeout_s + GRACE_S
        try:
            if on_wait is not None:
                on_wait()
            return child.frames.receive(timeout_s=timeout_s, on_wait=on_wait, wait_s=wait_s)
        except EndCall:
            return self._cancel(child)
        except PeerGone:
            return _ended(self._reap(child), child.traceback())
        except BadFrame as error:
            self._reap(child)
            text = f"It broke the line to its process: {error}."
            return Outcome(code=CallFailed.code, error=text, traceback=child.traceback())
        except TimeoutError:
            child.end_with_traceback()
            self._reap(child)
            return _overran(request, child.traceback())

    def _cancel(self, child: _Child) -> Outcome:
        """Have the call end by itself, so that it may clear up; else end its process."""
        child.board.end_call(child.answered + 1)
        with suppress(ProcessLookupError):
            os.kill(child.pid, CANCEL_SIGNAL)
        try:
            return child.frames.receive(timeout_s=GRACE_S)
        except (PeerGone, BadFrame, TimeoutError):
            self._reap(child)
            child.dump.close()
            return Outcome(code=CallCancelled.code, error="It was asked to end, and killed.")

    def _reap(self, child: _Child) -> int:
        self._child = None
        return child.reap()

    def _fork(self) -> _Child:
        # A child must not share the parent's database connections.
        connections.close_all()
        ours, theirs = socket.socketpair()
        dump = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the child
        board = Board()
        sys.stdout.flush()
        sys.stderr.flush()
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            try:
                ours.close()
                os.setpgid(0, 0)
            finally:
                serve(theirs, self._handle, dump, parent, board=board)
        theirs.close()
        with suppress(OSError):  # both sides do it, so that neither waits for the other
            os.setpgid(pid, pid)
        death_fd = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None
        return _Child(pid, parent, Frames(ours, Outcome, peer_fd=death_fd), dump, board, death_fd)


def _ended(status: int, traceback: str) -> Outcome:
    if os.WIFSIGNALED(status):
        how = f"killed by {signal.Signals(os.WTERMSIG(status)).name}"
    else:
        how = f"exit status {os.WEXITSTATUS(status)}"
    return Outcome(code=CallFailed.code, error=f"It ended its process: {how}.", traceback=traceback)


def _overran(request: CallRequest, traceback: str) -> Outcome:
    return Outcome(
        code=CallTimedOut.code,
        error=f"It ran longer than its timeout of {request.timeout_s:g} s and could not be interrupted; "
        "its process was killed.",
        traceback=traceback,
        duration_s=request.timeout_s + GRACE_S,
    )
