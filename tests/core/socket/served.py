"""A real server with the suite's application. ``python -m tests.core.socket.served daphne 0``
prints its port.

It serves the socket, calls and events by HTTP, an empty page under ``default-src 'self'`` and the suite's
scripts. ``uvicorn`` in place of ``daphne`` starts that one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.source import ROOT

Application = Callable[..., Awaitable[None]]

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
def served(
    core: dict[str, Any], *, port: int = 0, server: str = "daphne", database: str = ""
) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """Run the server in a process of its own; yields its port and the process.

    ``database`` is the name of the test's database, for users and tokens.
    """
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.core.elsewhere",
        "PYTHONPATH": f"{ROOT / 'typings'}:{ROOT}",
        "TEST_RUN_DIR": str(core["RUN_DIR"]),
        "TEST_BUS_URL": core["BUS_URL"],
        "TEST_CORE": json.dumps({key: core[key] for key in core if key.startswith("SOCKET_")}),
        **({"TEST_DATABASE": database} if database else {}),
    }
    command = [sys.executable, "-m", "tests.core.socket.served", server, str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline()), process
        finally:
            process.kill()


def pages_and_django() -> Application:
    """Give ``/rpc/`` and what belongs to users to Django, everything else to ``pages``."""
    from smallweb.core.http.handler import HttpHandler

    django_application = HttpHandler()

    async def serve(scope: dict[str, Any], receive: Any, send: Any) -> None:
        is_djangos = scope["path"].startswith(("/rpc/", "/admin/"))
        await (django_application if is_djangos else pages)(scope, receive, send)

    return serve


def run_daphne(application: Application, port: int) -> None:
    from daphne.server import Server

    class Announced(Server):  # type: ignore[misc]
        def listen_success(self, port: Any) -> None:
            print(port.getHost().port, flush=True)

    endpoint = f"tcp:port={port}:interface=127.0.0.1"
    Announced(application=application, endpoints=[endpoint], signal_handlers=False).run()


def run_uvicorn(application: Application, port: int) -> None:
    import uvicorn

    class Announced(uvicorn.Server):
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            print(self.servers[0].sockets[0].getsockname()[1], flush=True)

    config = uvicorn.Config(application, host="127.0.0.1", port=port, log_level="warning", lifespan="off")
    Announced(config).run()


def main(server: str, port: int) -> None:
    import django

    django.setup()
    if server == "daphne":
        import daphne.server  # noqa: F401 - as the command does, before the application

    import tests.core.socket.served_methods  # noqa: F401
    from smallweb.core.asgi import application
    from smallweb.core.channels import namespaces
    from tests.core.buses import NAMESPACES

    for namespace in NAMESPACES:
        namespaces.register(namespace)

    run = {"daphne": run_daphne, "uvicorn": run_uvicorn}[server]
    run(application(pages_and_django()), port)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
