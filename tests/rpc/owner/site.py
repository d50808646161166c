"""Processes of one site: ``python -m tests.rpc.owner.site web|owner`` prints a line once it can be reached.

A web process prints its port.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.source import ROOT


@contextmanager
def running(role: str, folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run one process, with the run folder and the bus in ``folder``; yields its line."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.core.elsewhere",
        "PYTHONPATH": f"{ROOT / 'typings'}:{ROOT}",
        "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
        "TEST_RUN_DIR": str(folder / "run"),
        "TEST_BUS_URL": f"sqlite:///{folder}/bus.sqlite3",
    }
    command = [sys.executable, "-m", "tests.rpc.owner.site", role]
    with subprocess.Popen(command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip(), process
        finally:
            process.kill()


def serve_shop() -> None:
    from smallweb.rpc import expose, serve
    from tests.rpc.openrpc.sample import Shop, half

    class Here:
        @expose
        def pid(self) -> int:
            return os.getpid()

        @expose
        def wait(self) -> None:
            threading.Event().wait(60)

    attrs = {"a": "rw", "inner": "object", "inner.depth": "r"}
    serve(shop=Shop(), half=half, access="public", attrs=attrs, owner="process")
    serve(there=Here(), access="public", owner="process")
    serve(here=Here(), access="public")


def main() -> None:
    import django

    django.setup()
    serve_shop()
    if sys.argv[1] == "owner":
        from django.core.management import call_command

        call_command("smallweb_rpc_owner")
        return
    from daphne.server import Server

    from smallweb.core.asgi import application
    from tests.core.socket.served import pages

    class Announced(Server):  # type: ignore[misc]
        def listen_success(self, port: Any) -> None:
            print(port.getHost().port, flush=True)

    endpoint = "tcp:port=0:interface=127.0.0.1"
    Announced(application=application(pages), endpoints=[endpoint], signal_handlers=False).run()


if __name__ == "__main__":
    main()
