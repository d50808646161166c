"""A client that runs under Node, driven by the tests: see node/drive.mjs."""

from __future__ import annotations

import fcntl
import hashlib
import itertools
import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.waiting import wait_for

NODE = Path(__file__).parent / "node"


def install(npm: str, folder: Path = NODE) -> None:
    """Make the folder's node_modules hold what its lock file names, once and by one process at a time."""
    wanted = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    stamp = folder / "node_modules/smallweb.stamp"
    with (folder / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == wanted:
            return
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        ended = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        stamp.write_text(wanted)


class NodeClient:
    """Commands go out by ``start``; ``answer`` waits for the line that answers one."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._numbers = itertools.count()
        self._answers: dict[int, dict[str, Any]] = {}
        self._pushes: list[tuple[str, Any]] = []
        threading.Thread(target=self._read, daemon=True).start()

    def start(self, do: str, **rest: Any) -> int:
        number = next(self._numbers)
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"n": number, "do": do, **rest}) + "\n")
        self._process.stdin.flush()
        return number

    def answer(self, number: int) -> dict[str, Any]:
        """Return ``{"n", "value"}`` or ``{"n", "error": {code, message, data}}``."""
        return wait_for(lambda: self._answers.get(number), limit_s=60, what=f"answer to command {number}")

    def do(self, verb: str, **rest: Any) -> Any:
        """Return the value of a command that works."""
        answer = self.answer(self.start(verb, **rest))
        assert "error" not in answer, answer
        return answer["value"]

    def call(self, method: str, params: Any) -> Any:
        return self.do("call", method=method, params=params)

    def error(self, method: str, params: Any) -> dict[str, Any]:
        """Return the error of a call that fails."""
        return self.answer(self.start("call", method=method, params=params))["error"]  # type: ignore[no-any-return]

    def pushed(self, name: str) -> list[Any]:
        """Return the parameters of all pushes of this name so far."""
        return [params for push, params in self._pushes if push == name]

    def wait_for_pushes(self, name: str, count: int) -> list[Any]:
        wait_for(lambda: len(self.pushed(name)) >= count, limit_s=60, what=f"{count} times {name}")
        return self.pushed(name)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = json.loads(line)
            if "push" in told:
                self._pushes.append((told["push"], told["params"]))
            else:
                self._answers[told["n"]] = told


@contextmanager
def driven(node: str, script: str) -> Iterator[NodeClient]:
    """Run one client's script."""
    command = [node, str(NODE / f"{script}.mjs")]
    with subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield NodeClient(process)
        finally:
            process.kill()
