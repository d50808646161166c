from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from smallweb.core.processes import manage
from smallweb.core.supervisor import MAX_RESTARTS, Service, Supervisor
from tests.waiting import wait_for


@pytest.fixture(autouse=True)
def _own_signals() -> Iterator[None]:
    """A supervisor takes the signals of its process; these tests' process goes on."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)
    fd = signal.set_wakeup_fd(-1)
    if fd >= 0:
        os.close(fd)


def _supervisor(*services: Service) -> tuple[Supervisor, list[str]]:
    said: list[str] = []
    return Supervisor(list(services), write=said.append), said


def test_a_service_that_ends_again_and_again_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smallweb.core.supervisor.MAX_PAUSE_S", 0.0)
    service = Service("web", [sys.executable, "-c", "raise SystemExit(5)"])
    supervisor, said = _supervisor(service)
    supervisor.start()
    assert supervisor.wait() == 5
    assert len(service.deaths) == MAX_RESTARTS + 1
    assert said[-1].endswith("giving up")


def test_everything_ends_when_it_is_asked_to() -> None:
    service = Service("web", [sys.executable, "-c", "import time; time.sleep(600)"])
    supervisor = Supervisor([service], write=print, should_end=lambda: True)
    supervisor.start()
    assert supervisor.wait() == 0
    assert not service.is_running


def test_a_service_keeps_the_name_of_its_process_tree(tmp_path: Path) -> None:
    code = f"import os; open({str(tmp_path / 'tree')!r}, 'a').write(os.environ['SMALLWEB_TREE'] + '\\n')"
    service = Service("worker", [sys.executable, "-c", code])
    for _ in range(2):
        service.start()
        assert service.process is not None
        service.process.wait()
    assert (tmp_path / "tree").read_text().split() == [service.tree.hex] * 2


def test_all_services_end_when_it_is_told_to_stop() -> None:
    code = "import time; time.sleep(600)"
    services = [Service(name, [sys.executable, "-c", code]) for name in "ab"]
    supervisor, _ = _supervisor(*services)
    supervisor.start()
    assert supervisor.is_ready
    threading.Timer(0.1, lambda: os.kill(os.getpid(), signal.SIGTERM)).start()
    assert supervisor.wait() == 0
    wait_for(lambda: not any(service.is_running for service in services))


def test_a_service_is_ready_when_it_accepts_connections() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        service = Service("web", [sys.executable, "-c", "import time; time.sleep(600)"])
        service.ready = listener.getsockname()
        supervisor, _ = _supervisor(service)
        seen = [supervisor.is_ready]
        service.start()
        seen.append(supervisor.is_ready)
        listener.listen()
        assert [*seen, supervisor.is_ready] == [False, False, True]
        assert service.process is not None
        service.process.kill()
        service.process.wait()


@pytest.mark.parametrize(
    ("started_as", "words"),
    [("manage.py", ["manage.py"]), ("/x/django/__main__.py", ["-m", "django"])],
)
def test_services_are_started_like_the_command_itself(
    monkeypatch: pytest.MonkeyPatch, started_as: str, words: list[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [started_as, "smallweb_up"])
    assert manage() == [sys.executable, *words]
