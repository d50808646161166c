"""Scripts as people write them for htagweb, with their import line changed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.acceptance.processes import free_port, kill_quietly
from tests.source import ROOT
from tests.waiting import wait_for

COUNTER = """
from htag import Tag

class App(Tag.div):
    def init(self, *args, **kwargs):
        self.count = 0
        self.shown = Tag.b("0", _class="shown")
        self <= self.shown
        self <= Tag.i(f"{args} {kwargs}", _class="given")
        self <= Tag.button("add", _class="add", _onclick=self.bind.count_up())
        self <= Tag.button("fail", _class="fail", _onclick=self.bind.go_wrong())

    def count_up(self):
        self.count += 1
        self.shown.clear(self.count)
        self.session["count"] = self.count

    def go_wrong(self):
        raise RuntimeError("on purpose")
"""

PLAIN = (
    COUNTER
    + """
from smallweb.sessions import Runner
Runner(App, port=PORT).run()
"""
)

GUARDED = (
    COUNTER
    + """
from smallweb.sessions import Runner

app = Runner(App, port=PORT, debug=True)
if __name__ == "__main__":
    app.run()
"""
)

ROUTES = (
    COUNTER
    + """
class App2(Tag.div):
    def init(self):
        self <= Tag.b(str(sorted(self.session.items())), _class="shown")

from smallweb.sessions import Runner
from starlette.responses import PlainTextResponse

async def serve(req):
    return PlainTextResponse("body {}")

async def visits(req):
    req.session.setdefault("visits", []).append(1)
    return PlainTextResponse(f"{len(req.session['visits'])} {req.session.get('count')}")

async def other(req):
    req.session["from"] = "route"
    return await req.app.handle(req, App2, http_only=True)

async def old(req):
    return await req.app.serve(req, App2)

async def named(req):
    return PlainTextResponse(req.path_params["name"])

app = Runner(App, port=PORT)
app.add_route("/my.css", serve)
app.add_route("/visits", visits)
app.add_route("/my_other_app", other)
app.add_route("/old", old)
app.add_route("/names/{name}", named, methods=["GET"])
app.add_route("/fails", lambda req: 1 / 0)
if __name__ == "__main__":
    app.run()
"""
)

DJANGO = (
    COUNTER
    + """
from django.http import HttpResponse
from smallweb.sessions import Runner

async def visits(req):
    req.session["visits"] = req.session.get("visits", 0) + 1
    return HttpResponse(f"{req.session['visits']}")

async def other(req):
    return await req.app.handle(req, App)

app = Runner(None, port=PORT)
app.add_route("/visits", visits)
app.add_route("/other", other)
app.run()
"""
)

WITHOUT_UVICORN = "import sys; sys.modules['uvicorn'] = None\n"
WITHOUT_STARLETTE = "import sys; sys.modules['starlette'] = None\n"


@dataclass
class Script:
    """A script that serves."""

    url: str
    folder: Path
    process: subprocess.Popen[bytes]

    def cookies(self, name: str) -> dict[str, str]:
        return {}

    def log(self) -> str:
        return (self.folder / "log").read_text()


@contextmanager
def running(folder: Path, text: str, *command: str, data: Path | None = None) -> Iterator[Script]:
    """Run a script as it stands, or by a command in which {port} is its port; ``data`` is copied for it."""
    if data is not None:
        shutil.copytree(data, folder / "data")
    port = free_port()
    (folder / "server.py").write_text(text.replace("PORT", str(port)))
    arguments = [part.format(port=port) for part in command] or ["server.py"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, *arguments], cwd=folder, env=environment(folder), stdout=log, stderr=log
        )
    script = Script(f"http://127.0.0.1:{port}", folder, process)
    try:
        wait_for(lambda: _answers(script), limit_s=60, what=script.log())
        yield script
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        finally:
            kill_quietly(process.pid)
            process.wait()


def _answers(script: Script) -> bool:
    assert script.process.poll() is None, script.log()
    try:
        return bool(httpx.get(script.url, trust_env=False).status_code)
    except httpx.TransportError:
        return False


def environment(folder: Path) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DJANGO", "SMALLWEB", "DATABASE", "REDIS"))
    }
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join([str(ROOT / "typings"), str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "SMALLWEB_DATA": str(folder / "data"),
        "PYTHONUNBUFFERED": "1",
    }
