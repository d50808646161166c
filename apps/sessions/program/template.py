"""The template of an app's sessions: a warm process that forks one for each.

It has one thread, no event loop, no connection to a database, and no socket but the one of its orders: what
it had, all its children would have. ``gc.freeze`` keeps the collector from copying what they share.
"""

from __future__ import annotations

import array
import ctypes
import gc
import importlib
import json
import logging
import os
import signal
import socket
import sys
import threading
import traceback
from contextlib import suppress
from typing import Any

from .parent import end_with
from .target import find_target, kind_of
from .wire import read_frame

_FD = array.array("i").itemsize
_DESCRIPTORS = 4
_ENV = "SMALLWEB_SESSION_TEMPLATE"


class NotReady(Exception):
    """What the app's module did when it was imported cannot be forked."""


def main(fd: int) -> None:
    """Warm up, then fork when told: ``{"fork": true}`` with four descriptors is answered by ``{"pid": ...}``.

    The first frame says what to import: ``target``, ``file``, ``path`` (folders for ``sys.path``),
    ``django`` (whether to set it up). It is answered by ``{"kind": ...}`` or ``{"error": traceback}``. When
    a child ends, ``{"ended": pid, "status": ...}`` is sent, never before its ``pid``. The program ends when
    its orders do.
    """
    end_with(os.getppid())
    orders = socket.socket(fileno=fd)
    os.environ[_ENV] = "1"
    try:
        spec, _ = read_frame(orders)
        target = _warm_up(spec)
        kind = kind_of(target)
        _preload(kind)
        _require_forkable()
    except Exception:
        _say(orders, {"error": traceback.format_exc()})
        os._exit(1)
    _settle()
    signal.signal(signal.SIGCHLD, lambda *_: _bury(orders))
    _say(orders, {"kind": kind})
    while True:
        received, descriptors = _receive(orders)
        if not received:
            os._exit(0)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        pid = os.fork()
        if pid == 0:
            _become_session(orders, descriptors, target, kind)
        for one in descriptors:
            os.close(one)
        _say(orders, {"pid": pid})
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})


def _warm_up(spec: dict[str, Any]) -> Any:
    sys.path[:0] = [folder for folder in spec.get("path", ()) if folder not in sys.path]
    if spec.get("django"):
        importlib.import_module("django").setup()
    target = find_target(spec["target"], spec.get("file", ""))
    if spec.get("django"):
        importlib.import_module("django.db").connections.close_all()
    return target


def _preload(kind: str) -> None:
    """Import what each session needs, so that none of them has to."""
    importlib.import_module("asyncio")
    importlib.import_module("random")
    importlib.import_module(f"{__package__}.session")
    if kind == "htag1":
        importlib.import_module(f"{__package__}.htag1")
    if kind == "htag2":
        importlib.import_module("htag.web")


def _require_forkable() -> None:
    others = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
    if others:
        raise NotReady(
            f"Importing the app started the threads {', '.join(others)[:200]}; start them in the app's init."
        )


def _settle() -> None:
    logging.raiseExceptions = False
    for stream in (sys.stdout, sys.stderr):
        stream.flush()  # or each session would print it
    gc.collect()
    gc.collect()
    if sys.platform.startswith("linux"):
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # the GNU library's
        if trim is not None:
            trim(0)
    gc.freeze()


def _receive(orders: socket.socket) -> tuple[bytes, list[int]]:
    """Wait for an order; return its byte and the descriptors that came with it."""
    data, ancillary, _, _ = orders.recvmsg(1, socket.CMSG_SPACE(_DESCRIPTORS * _FD))
    descriptors = array.array("i")
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(content[: len(content) - len(content) % _FD])
    return data, list(descriptors)


def _become_session(orders: socket.socket, descriptors: list[int], target: Any, kind: str) -> None:
    """Be the child: never return."""
    status = 1
    try:
        template = os.getppid()
        orders.close()
        end_with(template)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        os.environ.pop(_ENV, None)
        importlib.import_module("random").seed()
        session = importlib.import_module(f"{__package__}.session")
        session.run(*descriptors, target=target, kind=kind)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(status)


def _bury(orders: socket.socket) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        _say(orders, {"ended": pid, "status": os.waitstatus_to_exitcode(status)})


def _say(orders: socket.socket, message: dict[str, Any]) -> None:
    try:
        orders.sendall(json.dumps(message).encode() + b"\n")
    except OSError:
        os._exit(1)  # the host is gone
