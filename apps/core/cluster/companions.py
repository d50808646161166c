"""Commands that live as long as the workers: each in a process of its own, started anew when it ends."""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from ..processes import WORKED_FD, die_with_parent, manage
from ..registry import Entry, Registry
from ..run_dir import run_dir
from .notice import Notice

logger = logging.getLogger(__name__)

STOP_GRACE_S = 20.0
FIRST_PAUSE_S = 0.25
MAX_PAUSE_S = 30.0
_LOOK_EVERY_S = 0.05


@dataclass(frozen=True, kw_only=True)
class Companion:
    """A management command with its arguments. One of this name runs on a machine, however many clusters
    want it: the others take over when it is free.
    """

    name: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CompanionSource(Entry):
    """``find`` says which ones the code wants; it is asked when a cluster starts."""

    find: Callable[[], Iterable[Companion]]


companion_sources: Registry[CompanionSource] = Registry("source of companions")


def wanted_companions() -> list[Companion]:
    return [companion for source in companion_sources for companion in source.find()]


class Companions:
    """Keeps them running for as long as ``look`` is called now and then; they die with this process."""

    def __init__(self, wanted: Iterable[Companion]) -> None:
        self._kept = [_Kept(companion) for companion in wanted]
        self._until = 0.0

    @property
    def pids(self) -> set[int]:
        return {one.process.pid for one in self._kept if one.process is not None}

    def look(self) -> None:
        """Start those whose time has come; never waits."""
        for one in self._kept:
            one.look(time.monotonic())

    def ask_to_end(self) -> None:
        """Send SIGTERM to all; they have STOP_GRACE_S from now."""
        self._until = time.monotonic() + STOP_GRACE_S
        for one in self._kept:
            if one.process is not None and one.process.poll() is None:
                one.process.terminate()

    def end(self) -> None:
        """Return when none is left: those that do not end in time are killed."""
        if not self._until:
            self.ask_to_end()
        for one in self._kept:
            one.end(self._until)


class _Kept:
    """One companion and its process, if it has one now."""

    def __init__(self, companion: Companion) -> None:
        self._companion = companion
        self._lock: int | None = None
        self._worked: Notice | None = None
        self._failures = 0
        self._due_at = 0.0
        self.process: subprocess.Popen[bytes] | None = None

    def look(self, now: float) -> None:
        if self.process is not None and self.process.poll() is not None:
            code = self._bury()
            self._wait(now, f"ended with {code}")
        if self.process is None and now >= self._due_at and self._has_lock():
            try:
                self._start()
            except OSError as error:  # no process or no descriptor is to be had
                self._close_notice()
                self._failures += 1
                self._wait(now, f"did not start ({error})")

    def end(self, until: float) -> None:
        if self.process is None:
            return
        while self.process.poll() is None and time.monotonic() < until:
            time.sleep(_LOOK_EVERY_S)
        if self.process.poll() is None:
            logger.warning("companion=%s did not end within %g s: killed", self._companion.name, STOP_GRACE_S)
            self.process.kill()
            self.process.wait()
        self._bury()

    def _start(self) -> None:
        parent = os.getpid()
        self._worked = Notice()
        self.process = subprocess.Popen(
            [*manage(), *self._companion.arguments],
            env={**os.environ, "SMALLWEB_TREE": uuid.uuid4().hex, WORKED_FD: str(self._worked.writer)},
            pass_fds=[self._worked.writer],
            start_new_session=True,
            preexec_fn=lambda: die_with_parent(parent),
        )

    def _bury(self) -> int:
        """Leave nothing of its session behind; one that has worked before it ended is no failure."""
        assert self.process is not None and self._worked is not None
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self._failures = 0 if self._worked.is_set() else self._failures + 1
        self._close_notice()
        code, self.process = int(self.process.returncode), None
        return code

    def _close_notice(self) -> None:
        if self._worked is not None:
            self._worked.close()
        self._worked = None

    def _wait(self, now: float, what: str) -> None:
        pause_s = restart_pause_s(self._failures)
        self._due_at = now + pause_s
        logger.warning("companion=%s %s: starting it in %g s", self._companion.name, what, pause_s)

    def _has_lock(self) -> bool:
        if self._lock is None:
            path = run_dir("companions") / f"{self._companion.name}.lock"
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(fd)
                return False
            self._lock = fd
        return True


def restart_pause_s(failures: int) -> float:
    """Return how long to wait after so many ends in a row without any work done."""
    return float(min(FIRST_PAUSE_S * 2 ** min(max(failures - 1, 0), 20), MAX_PAUSE_S))
