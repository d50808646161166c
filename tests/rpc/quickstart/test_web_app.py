"""A site of one script, started as its author starts it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from websockets.sync.client import connect

from smallweb.rpc.exceptions import CannotServe
from smallweb.rpc.quickstart.config import read_config
from tests.source import ROOT
from tests.waiting import wait_for

pytestmark = pytest.mark.once

SCRIPT = '''\
from smallweb.rpc import RPCWebApp


class Sample(object):
    a = 1
    """sample attribute which can be get/set/deleted from javascript"""

    tracked_channel_values = {
        "a": 1,
        "b": "test",
        "c": [2,3],
        "d": {"e": 5}
    }

    def test_sum(self, a, b):
        """test function which can be called from javascript"""
        print(f"summing {a} + {b}")
        return a + b

sample = Sample()

rpc_web_app = RPCWebApp(sample=sample)
rpc_web_app.run()
'''
"""The quickstart of wispyobserver, with another import line."""


@contextmanager
def running(folder: Path, script: str = SCRIPT) -> Iterator[str]:
    """Run the script in a folder of its own; yields the address that it prints."""
    (folder / "app.py").write_text(script)
    (folder / "static").mkdir()
    (folder / "static/index.html").write_text("<!doctype html><title>Sample</title>")
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "typings")}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "app.py"], cwd=folder, env=environment, stdout=output, stderr=output
        )
    try:
        yield _address(process, log)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    def printed() -> list[str]:
        assert process.poll() is None, log.read_text()
        return re.findall(r"Page   (\S+)/", log.read_text()) if "Quit the server" in log.read_text() else []

    (url,) = wait_for(printed, limit_s=90)
    wait_for(lambda: _answers(url), limit_s=60)
    return url


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/", timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def _ask(url: str, method: str, params: object) -> object:
    with connect(url.replace("http", "ws") + "/ws/") as socket:
        socket.send(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}))
        while True:
            answer = json.loads(socket.recv(60))
            if answer.get("id") == 1:
                return answer.get("result", answer.get("error"))


def test_the_quickstart_runs_with_another_import_line(tmp_path: Path) -> None:
    with running(tmp_path) as url:
        with urllib.request.urlopen(f"{url}/") as response:
            assert response.url.endswith("/static/index.html")
            assert b"<title>Sample</title>" in response.read()
        with urllib.request.urlopen(f"{url}/wispyjs/smallweb_core/socket.js") as response:
            assert response.status == 200
        assert _ask(url, "sample.test_sum", [4, 5]) == 9
        assert _ask(url, "rpc.set", ["sample.a", 2]) is True
        assert _ask(url, "rpc.get", ["sample.a"]) == 2
        assert _ask(url, "rpc.get", ["sample.d"]) == {"e": 5}
    assert "summing 4 + 5" in (tmp_path / "log").read_text()


def test_the_configuration_moves_the_site(tmp_path: Path) -> None:
    config = {
        "base_path": "/test",
        "static": {"homepage": "pages/index.html", "folders": {"pages": "./static"}},
        "interface": {"max_interface_depth": 2},
        "func_caller": {"locking_default": True, "max_start_delay_default": 5},
        "instance_configs": {"sample": {"access": "staff"}},
    }
    script = SCRIPT.replace("RPCWebApp(sample=sample)", f"RPCWebApp(sample=sample, config={config!r})")
    with running(tmp_path, script) as url:
        with urllib.request.urlopen(f"{url}/") as response:
            assert response.url.endswith("/test/pages/index.html")
        refused = _ask(url.removesuffix("/test"), "sample.test_sum", [4, 5])
    assert isinstance(refused, dict) and refused["code"] == -32003


def test_a_configuration_that_cannot_be_used_says_why(tmp_path: Path) -> None:
    for wrong in ({"prot": 80}, {"port": "80"}, tmp_path / "missing.toml"):
        with pytest.raises(CannotServe, match="configuration of RPCWebApp"):
            read_config(wrong)


def test_a_configuration_may_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('port = 8080\n[static]\nfolders = ["./a", "./b"]\n')
    config = read_config(tmp_path / "config.toml")
    assert (config.port, config.static.routes()) == (8080, {"a": Path("a"), "b": Path("b")})


def test_inside_a_project_serve_is_the_way() -> None:
    from smallweb.rpc import RPCWebApp

    with pytest.raises(CannotServe, match=r"serve\(\)"):
        RPCWebApp(sample=object())
