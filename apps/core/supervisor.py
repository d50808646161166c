"""Run several services as one: started together, restarted when they die, ended together."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType

from .processes import die_with_parent

STOP_GRACE_S = 30.0
READY_S = 60.0
WATCH_S = 1.0
MAX_RESTARTS = 5
RESTART_WINDOW_S = 60.0
MAX_PAUSE_S = 8.0


@dataclass
class Service:
    """One process; ``ready`` is an address that it accepts connections on once it works."""

    name: str
    command: list[str]
    env: Mapping[str, str] = field(default_factory=dict)
    ready: tuple[str, int] | None = None
    process: subprocess.Popen[bytes] | None = None
    deaths: list[float] = field(default_factory=list)
    tree: uuid.UUID = field(default_factory=uuid.uuid4)

    def start(self) -> None:
        parent = os.getpid()
        self.process = subprocess.Popen(
            self.command,
            # A restart takes back at once what its predecessor held.
            env={**os.environ, **self.env, "SMALLWEB_TREE": self.tree.hex},
            # A session of its own: Ctrl-C reaches the supervisor only, which stops each service gracefully.
            start_new_session=True,
            preexec_fn=lambda: die_with_parent(parent),
        )

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """Keeps the services running until it is told to end, or ``should_end`` (asked every second) says so."""

    def __init__(
        self,
        services: list[Service],
        *,
        write: Callable[[str], object],
        should_end: Callable[[], bool] = lambda: False,
    ) -> None:
        self.services = services
        self._write = write
        self._should_end = should_end
        self._stopping = False

    def start(self) -> None:
        """Start everything and return when every service is ready, or one has died."""
        self._signals, written = socket.socketpair()
        written.setblocking(False)
        signal.set_wakeup_fd(written.detach())
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, self._stop)
        for service in self.services:
            service.start()
        deadline = time.monotonic() + READY_S
        while not self._stopping and not self._is_settled() and time.monotonic() < deadline:
            time.sleep(0.05)

    def wait(self) -> int:
        """Return 0 after SIGINT, SIGTERM or ``should_end``; else the code of a service that keeps dying.

        No service is running any more then.
        """
        code = 0
        while not self._stopping and not code:
            # Not a sleep: a signal must end the wait at once.
            select.select([self._signals], [], [], WATCH_S)
            code = next((code for service in self.services if (code := self._keep_running(service))), 0)
            if self._should_end():
                self._stopping = True
        self._end_all()
        os.close(signal.set_wakeup_fd(-1))
        self._signals.close()
        return code

    def _stop(self, signum: int, frame: FrameType | None) -> None:
        self._stopping = True

    @property
    def is_ready(self) -> bool:
        """Whether every service runs, and accepts connections where it should."""
        return all(s.is_running and (s.ready is None or _accepts(s.ready)) for s in self.services)

    def _is_settled(self) -> bool:
        return self.is_ready or not all(service.is_running for service in self.services)

    def _keep_running(self, service: Service) -> int:
        """Start the service again if it has died; return its exit code when that is no use any more."""
        if service.is_running or self._stopping:
            return 0
        assert service.process is not None
        now = time.monotonic()
        service.deaths = [at for at in service.deaths if at > now - RESTART_WINDOW_S] + [now]
        code = service.process.returncode
        if len(service.deaths) > MAX_RESTARTS:
            self._write(
                f"{service.name} ended {len(service.deaths)} times in {RESTART_WINDOW_S:g} s: giving up"
            )
            return code if code > 0 else 1
        self._write(f"{service.name} ended with {code}: starting it again")
        self._pause(min(0.25 * 2 ** len(service.deaths), MAX_PAUSE_S))
        if not self._stopping:
            service.start()
        return 0

    def _pause(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < deadline:
            time.sleep(0.05)

    def _end_all(self) -> None:
        running = [service for service in self.services if service.is_running]
        for service in running:
            assert service.process is not None
            service.process.terminate()
        deadline = time.monotonic() + STOP_GRACE_S
        for service in running:
            assert service.process is not None
            try:
                service.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self._write(f"{service.name} did not stop within {STOP_GRACE_S:g} s: killed")
            _kill_group(service.process.pid)
            service.process.wait()


def _accepts(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, timeout=0.5).close()
    except OSError:
        return False
    return True


def _kill_group(pid: int) -> None:
    """Leave nothing of the service's session behind."""
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
