"""One update of a page under strace, with a fault injected at each of its system calls in turn.

Run as a process: ``python -m tests.periodic.page_faults FOLDER signal=KILL error=EIO`` prints, as
JSON, the calls of an untouched update and one entry a fault: what the writer said, what the page is,
what is left beside.
The writer is a fork that waits until strace has hold of it, so that counting starts at the update.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings

LIBC = ctypes.CDLL(None)
OLD = b"<p>old</p>" * 2000
NEW = b"<p>new</p>" * 2500
FILE_CALLS = {
    "openat", "openat2", "read", "write", "pwrite64", "lseek", "fstat", "newfstatat", "lstat",
    "stat", "statx", "fsync", "fdatasync", "ftruncate", "fchmod", "fchown", "flock", "rename",
    "renameat", "renameat2", "unlink", "unlinkat", "mkdir", "mkdirat", "chmod", "close", "dup",
    "fcntl", "ioctl", "getrandom", "flistxattr", "fgetxattr", "fsetxattr", "getdents64",
}  # fmt: skip
MARK = "getpgid"


class Faults:
    def __init__(self, folder: Path) -> None:
        self.page = folder / "site" / "index.html"
        self.page.parent.mkdir()
        self.folder = folder

    def update(self) -> None:
        from smallweb.core.sites.paths import locate
        from smallweb.periodic.services.page_file import update_page

        update_page(locate("index.html"), lambda before: NEW, fsync=True)

    def run(self, *inject: str) -> tuple[str, list[str]]:
        """Return what the writer said ("" if it died) and the lines of the trace."""
        self.page.write_bytes(OLD)
        go_reader, go_writer = os.pipe()
        said_reader, said_writer = os.pipe()
        writer = os.fork()
        if writer == 0:
            self._write(go_reader, said_writer)
        os.close(go_reader)
        os.close(said_writer)
        os.read(said_reader, 1)  # the writer is in its last call before the update
        trace = self.folder / "trace"
        trace.unlink(missing_ok=True)
        command = ["strace", "-f", "-y", "-s", "80", "-o", str(trace), "-p", str(writer), *inject]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as strace:
            assert strace.stderr
            attached = strace.stderr.readline()
            if "attached" not in attached:
                os.kill(writer, signal.SIGKILL)
                raise RuntimeError(f"strace could not attach: {attached}")
            os.write(go_writer, b"go")
            os.close(go_writer)
            os.waitpid(writer, 0)
        with os.fdopen(said_reader) as said:
            return said.read(), trace.read_text().splitlines()

    def _write(self, go: int, said: int) -> None:
        LIBC.prctl(0x59616D61, ctypes.c_ulong(-1))  # PR_SET_PTRACER: let strace, no parent, attach
        os.write(said, b" ")
        # Not by reading: strace counts a call that it interrupts once or twice.
        select.select([go], [], [])
        os.getpgid(0)
        try:
            self.update()
            answer = "ok"
        except BaseException as error:
            answer = f"{getattr(error, 'code', type(error).__name__)}: {error}"
        os.getpgid(0)
        os.write(said, answer.encode())
        os._exit(0)

    def outcome(self, call: str, ordinal: int, fault: str) -> dict[str, Any]:
        said, trace = self.run("-e", f"inject={call}:{fault}:when={ordinal}")
        data = self.page.read_bytes()
        beside = [path for path in self.page.parent.iterdir() if path != self.page]
        for path in beside:
            path.unlink()
        return {
            "call": f"{call}#{ordinal}",
            "fault": fault,
            "said": said,
            "page": "old" if data == OLD else "new" if data == NEW else "other",
            "beside": [path.name for path in beside],
            "hit": any("INJECTED" in line or "killed by SIGKILL" in line for line in trace),
        }


def calls_of(trace: list[str]) -> list[tuple[str, int, str]]:
    """Return the calls of the update as (name, ordinal in the trace, line)."""
    counts: dict[str, int] = {}
    calls, marks = [], 0
    for line in trace:
        match = re.match(r"\d+ +(?:<\.\.\. )?(\w+)(?:\(| resumed)", line)
        if not match:
            continue
        name = match[1]
        counts[name] = counts.get(name, 0) + 1
        marks += name == MARK
        if marks == 1 and name in FILE_CALLS:
            calls.append((name, counts[name], line))
    return calls


def main(folder: Path, kinds: list[str]) -> None:
    settings.configure(SMALLWEB_CORE={"SITES": {"": folder / "site"}, "RUN_DIR": folder / "run"})
    faults = Faults(folder)
    faults.page.write_bytes(OLD)
    faults.update()  # what is made once (the run folder, the lock file, cached answers) is made here
    said, trace = faults.run()
    calls = calls_of(trace)
    outcomes = [faults.outcome(name, ordinal, fault) for name, ordinal, _ in calls for fault in kinds]
    print(json.dumps({"said": said, "calls": [line for *_, line in calls], "outcomes": outcomes}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
