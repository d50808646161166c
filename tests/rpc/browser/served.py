"""A real Daphne with served objects and the suite's scripts: ``python -m tests.rpc.browser.served PORT``.

Its pages are those of the folder ``pages``, under ``default-src 'self'`` (and icons made by scripts); who
loads one is logged in.
"""

from __future__ import annotations

import asyncio
import json
import mimetypes
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.asgi import get_asgi_application

from tests.source import ROOT

PAGES = Path(__file__).parent / "pages"
STATIC = {"smallweb_core": "core", "smallweb_rpc": "rpc"}
TOKEN = "t" * 32
CSP = b"default-src 'self'; img-src 'self' data:"


async def pages(scope: dict[str, Any], receive: Any, send: Any) -> Any:
    """Answer with a page, a script, or what was sent."""
    if scope["path"].startswith("/rpc/"):
        return await get_asgi_application()(scope, receive, send)
    kind, body = await _echo(scope, receive) if scope["path"] == "/echo" else _file(scope["path"])
    headers = [(b"content-type", kind), (b"content-security-policy", CSP)]
    for cookie in (f"csrftoken={TOKEN}", f"sessionid={os.environ['TEST_SESSION']}"):
        headers.append((b"set-cookie", cookie.encode()))
    if scope["query_string"] == b"slow":
        await asyncio.sleep(3600)
    status = 404 if body is None else int(scope["query_string"].partition(b"status=")[2] or 200)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    return await send({"type": "http.response.body", "body": body or b"nothing"})


def _file(path: str) -> tuple[bytes, bytes | None]:
    first, *rest = path.strip("/").split("/")
    found = PAGES / (first or "empty.html")
    if first == "static":
        found = ROOT / "apps" / STATIC[rest[0]] / path.strip("/")
    kind = mimetypes.guess_type(found.name)[0] or "text/plain"
    return kind.encode(), found.read_bytes() if found.is_file() else None


async def _echo(scope: dict[str, Any], receive: Any) -> tuple[bytes, bytes]:
    """What a page sent: its method, query, headers and body."""
    body = b""
    while (message := await receive()).get("more_body"):
        body += message["body"]
    body += message["body"]
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    told = {"method": scope["method"], "query": scope["query_string"].decode(), "body": body.decode()}
    return b"application/json", json.dumps(told | {"headers": headers}).encode()


def database_of(core: dict[str, Any]) -> str:
    """The address of the server's database."""
    return f"sqlite:///{Path(core['RUN_DIR']).parent}/db.sqlite3"


@contextmanager
def served(
    core: dict[str, Any], *, port: int = 0, blocked: bool = False
) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """Run the server in a process of its own; yields its port and the process.

    A blocked one takes no websockets.
    """
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.core.elsewhere",
        "PYTHONPATH": f"{ROOT / 'typings'}:{ROOT}",
        "TEST_RUN_DIR": str(core["RUN_DIR"]),
        "TEST_BUS_URL": core["BUS_URL"],
        "DATABASE_URL": database_of(core),
        "TEST_BLOCKED": "1" if blocked else "",
    }
    command = [sys.executable, "-m", "tests.rpc.browser.served", str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline()), process
        finally:
            process.kill()


def _session() -> str:
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client()
    client.force_login(User.objects.get_or_create(username="ann")[0])
    return client.cookies["sessionid"].value


def main() -> None:
    import django

    django.setup()
    from daphne.server import Server

    from smallweb.core.asgi import application
    from smallweb.core.channels import namespaces
    from tests.core.buses import NAMESPACES
    from tests.rpc.browser import objects

    for namespace in NAMESPACES:
        namespaces.register(namespace)
    objects.serve_all()
    os.environ["TEST_SESSION"] = _session()
    suite = application(pages)

    async def served_application(scope: dict[str, Any], receive: Any, send: Any) -> Any:
        if scope["type"] == "websocket" and os.environ["TEST_BLOCKED"]:
            await receive()
            return await send({"type": "websocket.close"})
        return await suite(scope, receive, send)

    class Announced(Server):  # type: ignore[misc]
        def listen_success(self, port: Any) -> None:
            print(port.getHost().port, flush=True)

    endpoint = f"tcp:port={sys.argv[1]}:interface=127.0.0.1"
    Announced(application=served_application, endpoints=[endpoint], signal_handlers=False).run()


if __name__ == "__main__":
    main()
