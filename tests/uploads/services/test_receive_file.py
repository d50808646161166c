"""A body that is a file, as it comes from a server: whole, cut off, or longer than was said."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from smallweb.core.http.handler import HttpHandler
from smallweb.core.models import State
from smallweb.uploads.models import StoredFile, Upload, UploadFolder
from tests.core.http.requests import scope_of
from tests.uploads.folders import make_folder

pytestmark = pytest.mark.django_db(transaction=True)

PIECE = bytes(100_000)


async def put(pieces: Sequence[bytes | None], **headers: str) -> list[dict[str, Any]]:
    """Send the pieces; None stands for a client that goes away. Return what is answered."""
    await sync_to_async(make_folder)(max_bytes=450_000, quota_bytes=500_000)
    sent: list[dict[str, Any]] = []
    messages = [
        {"type": "http.disconnect"}
        if piece is None
        else {"type": "http.request", "body": piece, "more_body": number < len(pieces)}
        for number, piece in enumerate(pieces, 1)
    ]

    async def receive() -> dict[str, Any]:
        if messages:
            return messages.pop(0)
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    named = {name.replace("_", "-"): value for name, value in headers.items()}
    await HttpHandler()(scope_of("PUT", "/uploads/folders/shelf/a.bin", named), receive, send)
    return sent


def left_in(root: Path) -> list[Path]:
    return list(root.glob("receiving/*"))


async def test_a_body_of_unknown_length_is_kept(root: Path) -> None:
    sent = await put([PIECE] * 4)
    assert sent[0]["status"] == 201
    file = await StoredFile.objects.aget()
    assert file.size_bytes == 400_000
    upload = await Upload.objects.aget()
    assert (upload.state, upload.reserved_bytes) == (State.SUCCESSFUL, 0)
    assert not left_in(root)


async def test_of_a_body_that_is_cut_off_nothing_is_left(root: Path) -> None:
    for headers in ({}, {"Content_Length": "400000"}):
        await put([PIECE, PIECE, PIECE, None], **headers)
        assert not await StoredFile.objects.aexists()
        assert not left_in(root)
        async for upload in Upload.objects.all():
            assert (upload.state, upload.reserved_bytes) == (State.CANCELLED, 0)
        await sync_to_async(Upload.objects.all().delete)()
        await sync_to_async(UploadFolder.objects.all().delete)()


async def test_a_body_shorter_than_was_said_is_not_kept(root: Path) -> None:
    await put([PIECE], Content_Length="200000")
    assert not await StoredFile.objects.aexists()
    assert not left_in(root)


async def test_a_body_that_grows_over_the_limit_is_refused_and_forgotten(root: Path) -> None:
    sent = await put([PIECE] * 6)
    assert sent[0]["status"] == 413
    assert not await StoredFile.objects.aexists()
    assert not left_in(root)
    assert not await sync_to_async(Upload.objects.open().exists)()
