"""Forms over real lines: hostile, broken, large; on each server."""

from __future__ import annotations

import hashlib
import http.client
import os
import socket
import threading
import time
from collections.abc import Iterable
from typing import Any

import psutil
import pytest

from smallweb.core.models import State
from tests.uploads.resumable.client import line
from tests.uploads.resumable.site import Site
from tests.waiting import wait_for

pytestmark = pytest.mark.once

MB = 10**6
HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
TAIL = b"\r\n--x--\r\n"
KIND = {"Content-Type": "multipart/form-data; boundary=x"}


def post(site: Site, path: str, body: Iterable[bytes], length: int) -> tuple[int, bytes]:
    """Send a body piece by piece; a refusal in the middle is an answer, too."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    connection.putrequest("POST", path)
    for name, value in {**KIND, "Content-Length": str(length)}.items():
        connection.putheader(name, value)
    connection.endheaders()
    try:
        for piece in body:
            connection.send(piece)
    except (BrokenPipeError, ConnectionResetError):
        pass
    answer = connection.getresponse()
    said = answer.status, answer.read()
    connection.close()
    return said


def peak_of(pid: int) -> float:
    lines = (f"/proc/{pid}/status",)
    with open(lines[0]) as status:
        (peak,) = [line.split()[1] for line in status if line.startswith("VmHWM")]
    return int(peak) / 1024


def left_in(site: Site) -> list[str]:
    """Return the files of forms; those of resumable uploads have names without a number."""
    return [path.name for path in site.receiving.glob("*.[0-9]*")] if site.receiving.exists() else []


def test_a_large_file_takes_no_memory(any_site: Site) -> None:
    assert any_site.process is not None
    pid = any_site.process.pid
    post(any_site, "/uploads/drop", [HEAD, b"warm", TAIL], len(HEAD) + 4 + len(TAIL))
    with open(f"/proc/{pid}/clear_refs", "w") as refs:
        refs.write("5")
    before = psutil.Process(pid).memory_info().rss / 2**20
    piece, times = os.urandom(MB), 90
    body = [HEAD, *[piece] * times, TAIL]
    status, said = post(any_site, "/uploads/count", body, sum(map(len, body)))
    assert (status, said) == (200, b"[90000000]")
    assert peak_of(pid) - before < 20
    assert left_in(any_site) == []


def test_two_hundred_thousand_parts_hold_up_nobody(any_site: Site) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    body = part * 200_000 + b"--x--\r\n"
    waits: list[float] = []
    is_done = threading.Event()

    def ask() -> None:
        while not is_done.is_set():
            began = time.monotonic()
            assert post(any_site, "/uploads/count", [b"--x--\r\n"], 7) == (200, b"[]")
            waits.append(time.monotonic() - began)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        status, said = post(any_site, "/uploads/count", [body], len(body))
    finally:
        is_done.set()
        asking.join()
    assert (status, b"more than 1000 fields" in said) == (413, True)
    assert waits
    assert sorted(waits)[len(waits) // 2] < 0.5


def test_what_is_too_large_is_refused_before_it_comes(any_site: Site) -> None:
    head = b"POST /uploads/count HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    with socket.create_connection(("127.0.0.1", any_site.port), timeout=30) as connection:
        connection.sendall(head + b"Content-Length: 5000000000\r\n\r\n" + HEAD + b"x" * 100_000)
        assert b" 413 " in connection.recv(1000).split(b"\r\n")[0]
    wait_for(lambda: left_in(any_site) == [], what="nothing is left")


def test_a_form_that_is_cut_leaves_nothing(any_site: Site) -> None:
    promised_before = any_site.taken_by("shelf")[0]
    with line(any_site, "POST", "/uploads/keeps", length=2 * MB, headers=KIND) as connection:
        connection.sendall(HEAD + b"x" * MB)
        wait_for(lambda: left_in(any_site) != [], what="the file grows")
    wait_for(lambda: left_in(any_site) == [], what="nothing is left")
    rows = any_site.rows("SELECT state, reserved_bytes FROM smallweb_uploads_upload ORDER BY id DESC LIMIT 1")
    wait_for(
        lambda: (
            any_site.rows(
                "SELECT state, reserved_bytes FROM smallweb_uploads_upload ORDER BY id DESC LIMIT 1"
            )
            == [(State.FAILED, 0)]
        ),
        what=f"the quota is given back, not {rows}",
    )
    assert any_site.taken_by("shelf")[0] == promised_before


def test_a_form_keeps_what_it_brings(any_site: Site) -> None:
    content = os.urandom(300_000)
    body = [HEAD, content, TAIL]
    status, said = post(any_site, "/uploads/keeps", body, sum(map(len, body)))
    assert status == 200
    assert hashlib.sha256(content).hexdigest().encode() in said
    ((key,),) = any_site.rows("SELECT key FROM smallweb_uploads_storedfile ORDER BY id DESC LIMIT 1")
    kept: Any = any_site.folder / "uploads/stored" / key[:2] / key[2:4] / key
    assert kept.read_bytes() == content
