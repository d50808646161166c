"""ZIPs that are made while they are sent."""

from __future__ import annotations

import asyncio
import io
import shutil
import subprocess
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from smallweb.core.http.handler import HttpHandler
from smallweb.uploads.models import StoredFile
from smallweb.uploads.services.blobs import get_root
from smallweb.uploads.services.zip_files import ZipPieces
from tests.core.http.requests import scope_of
from tests.descriptors import count_open_files
from tests.uploads.folders import keep, make_folder

pytestmark = pytest.mark.django_db


def files() -> list[StoredFile]:
    folder = make_folder()
    contents = {"a.txt": b"one", "sub/ä 漢.txt": b"two", "sub/empty.txt": b"", "z.bin": bytes(700_000)}
    return [keep(folder, path, content) for path, content in contents.items()]


def test_a_zip_holds_what_the_files_hold(tmp_path: Path) -> None:
    whole = tmp_path / "whole.zip"
    whole.write_bytes(b"".join(ZipPieces(files())))
    with zipfile.ZipFile(whole) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["a.txt", "sub/ä 漢.txt", "sub/empty.txt", "z.bin"]
        assert archive.read("sub/ä 漢.txt") == b"two"
        assert archive.getinfo("z.bin").file_size == 700_000
    if shutil.which("unzip"):
        ended = subprocess.run(["unzip", "-t", str(whole)], capture_output=True, text=True)
        assert (ended.returncode, "No errors detected" in ended.stdout) == (0, True), ended.stdout


def test_of_no_files_it_is_an_empty_zip() -> None:
    assert zipfile.ZipFile(io.BytesIO(b"".join(ZipPieces([])))).namelist() == []


def test_a_name_that_leads_out_is_defused() -> None:
    made = files()[:3]
    for file, path in zip(made, ("../../etc/cron.d/x", "/etc/passwd", "C:\\autoexec.bat"), strict=True):
        file.path = path
    names = zipfile.ZipFile(io.BytesIO(b"".join(ZipPieces(made)))).namelist()
    for name in names:
        assert not name.startswith("/")
        assert not {"..", "", "C:"}.intersection(name.split("/"))
        assert "\\" not in name


def test_a_file_that_is_deleted_before_its_turn_is_left_out() -> None:
    made = files()
    pieces = ZipPieces(made)
    next(pieces)
    get_root().delete(made[2].key)
    rest = b"".join(pieces)
    assert b"empty.txt" not in rest
    assert b"z.bin" in rest


def test_who_goes_in_the_middle_leaves_nothing_open() -> None:
    made = files()
    before = count_open_files()
    pieces = ZipPieces(made[3:])
    next(pieces)
    assert count_open_files() == before + 1
    pieces.close()
    pieces.close()
    assert count_open_files() == before
    assert list(pieces) == []
    ZipPieces(made).close()


@pytest.mark.django_db(transaction=True)
async def test_a_client_that_goes_away_ends_it() -> None:
    await sync_to_async(lambda: keep(make_folder(), "big.bin", bytes(8 * 2**20)))()
    before = count_open_files()
    gone, sent_bytes = asyncio.Event(), 0
    requests = [{"type": "http.request"}]

    async def receive() -> dict[str, Any]:
        if requests:
            return requests.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        nonlocal sent_bytes
        sent_bytes += len(message.get("body", b""))
        if sent_bytes:
            gone.set()
            await asyncio.sleep(0)

    await asyncio.wait_for(
        HttpHandler()(scope_of("GET", "/uploads/folders/shelf/?zip", {}), receive, send), 30
    )
    assert 0 < sent_bytes < 8 * 2**20
    assert count_open_files() == before


def test_the_memory_it_takes_does_not_grow_with_the_files() -> None:
    folder = make_folder("big")
    big = [keep(folder, name, bytes(24 * 2**20)) for name in ("a.bin", "b.bin")]
    tracemalloc.start()
    try:
        total = sum(len(piece) for piece in ZipPieces(big))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert total > 48 * 2**20
    assert peak < 4 * 2**20
