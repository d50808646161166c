"""A real Daphne with the suite's application: ``python -m tests.core.socket.served PORT`` prints its port.

It serves the socket, an empty page under ``default-src 'self'`` and the suite's scripts.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.source import ROOT

STATIC = ROOT / "apps/core/static/smallweb_core"
PAGE = b"<!doctype html><html><head><title>page</title></head><body></body></html>"


async def pages(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer with a script of the suite, else with the empty page."""
    script = STATIC / Path(scope["path"]).name
    is_script = script.suffix == ".js" and script.is_file()
    kind, body = (b"text/javascript", script.read_bytes()) if is_script else (b"text/html", PAGE)
    headers = [(b"content-type", kind), (b"content-security-policy", b"default-src 'self'")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@contextmanager
def served(core: dict[str, Any], *, port: int = 0) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """Run the server in a process of its own; yields its port and the process."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.core.elsewhere",
        "PYTHONPATH": f"{ROOT / 'typings'}:{ROOT}",
        "TEST_RUN_DIR": str(core["RUN_DIR"]),
        "TEST_BUS_URL": core["BUS_URL"],
    }
    command = [sys.executable, "-m", "tests.core.socket.served", str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline()), process
        finally:
            process.kill()


def main() -> None:
    import django

    django.setup()
    from daphne.server import Server

    from smallweb.core.asgi import application
    from smallweb.core.channels import namespaces
    from tests.core.buses import NAMESPACES

    for namespace in NAMESPACES:
        namespaces.register(namespace)

    class Announced(Server):  # type: ignore[misc]
        def listen_success(self, port: Any) -> None:
            print(port.getHost().port, flush=True)

    endpoint = f"tcp:port={sys.argv[1]}:interface=127.0.0.1"
    Announced(application=application(pages), endpoints=[endpoint], signal_handlers=False).run()


if __name__ == "__main__":
    main()
