"""A real Daphne that serves the sample: ``python -m tests.rpc.client.site PORT`` prints its port."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smallweb.core.channels import Namespace
from tests.source import ROOT

ARCHIVE = Namespace(name="archive", subscribe="public", retain=True, history_size=10_000, history_age_s=3_600)


@dataclass(frozen=True)
class Site:
    """A running server, and what its processes share."""

    port: int
    core: dict[str, Any]
    process: subprocess.Popen[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws/"


@contextmanager
def served(
    folder: Path, *, port: int = 0, ping_interval_s: float = 25.0, bus_url: str = ""
) -> Iterator[Site]:
    """Run the server in a process of its own, with its run folder in ``folder``, and its bus unless given."""
    core = {"RUN_DIR": folder / "run", "BUS_URL": bus_url or f"sqlite:///{folder}/bus.sqlite3"}
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.rpc.client.site_settings",
        "PYTHONPATH": f"{ROOT / 'typings'}:{ROOT}",
        "TEST_RUN_DIR": str(core["RUN_DIR"]),
        "TEST_BUS_URL": str(core["BUS_URL"]),
        "TEST_PING_INTERVAL_S": str(ping_interval_s),
    }
    command = [sys.executable, "-m", "tests.rpc.client.site", str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            yield Site(int(process.stdout.readline()), core, process)
        finally:
            process.kill()


def main() -> None:
    import django

    django.setup()
    from daphne.server import Server

    from smallweb.core.asgi import application
    from smallweb.core.channels import namespaces
    from tests.core.buses import NAMESPACES
    from tests.core.socket.served import pages
    from tests.rpc.client import sample as sample

    for namespace in (*NAMESPACES, ARCHIVE, Namespace(name="news", subscribe="public")):
        namespaces.register(dataclasses.replace(namespace, publish="public"))

    class Announced(Server):  # type: ignore[misc]
        def listen_success(self, port: Any) -> None:
            print(port.getHost().port, flush=True)

    endpoint = f"tcp:port={sys.argv[1]}:interface=127.0.0.1"
    Announced(application=application(pages), endpoints=[endpoint], signal_handlers=False).run()


if __name__ == "__main__":
    main()
