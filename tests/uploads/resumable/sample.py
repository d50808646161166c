"""Handlers and folders that the tests' server has."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import Any

from smallweb.uploads import PublicError, folder, handler

folder("shelf", quota_bytes=5_000_000, read_access="public")
folder("cellar", quota_bytes=5_000_000, read_access="public")
folder("vault", quota_bytes=2_000_000_000, read_access="public")
folder("barn", quota_bytes=5_000_000, read_access="public")
folder("album", access="public", create=["**"], read_access="public", quota_bytes=2_000_000)


def _about(text: dict[str, Any], files: list[Any]) -> dict[str, Any]:
    digests = [hashlib.sha256(file.read()).hexdigest() for file in files]
    return {
        "names": [file.filename for file in files],
        "sizes": [file.size_bytes for file in files],
        "same": digests == [file.sha256 for file in files],
        "sha256": digests,
        "text": text,
    }


@handler("drop", access="public")
def drop(text: dict[str, Any], files: list[Any]) -> dict[str, Any]:
    return _about(text, files)


@handler("count", access="public")
def count(text: dict[str, Any], files: list[Any]) -> list[int]:
    return [file.size_bytes for file in files]


@handler("mine")
def mine(text: dict[str, Any], files: list[Any]) -> dict[str, Any]:
    return _about(text, files)


@handler("keeps", access="public", folder="shelf")
def keeps(text: dict[str, Any], files: list[Any]) -> dict[str, Any]:
    return _about(text, files)


@handler("fills", access="public", folder="cellar")
def fills(text: dict[str, Any], files: list[Any]) -> dict[str, Any]:
    return _about(text, files)


@handler("joins", access="public", folder="barn")
def joins(text: dict[str, Any], files: list[Any]) -> dict[str, Any]:
    return _about(text, files)


@handler("survives", access="public", folder="vault")
def survives(text: dict[str, Any], files: list[Any]) -> None:
    pass


@handler("small-drop", access="public", max_bytes=1000)
def small_drop(text: dict[str, Any], files: list[Any]) -> dict[str, Any]:
    return _about(text, files)


@handler("images-only", access="public", accept=["images"])
def images_only(text: dict[str, Any], files: list[Any]) -> dict[str, Any]:
    return _about(text, files)


@handler("refuses", access="public")
def refuses(text: dict[str, Any], files: list[Any]) -> None:
    raise PublicError("The oven is cold.", code="cold")


@handler("waits", access="public")
def waits(text: dict[str, Any], files: list[Any]) -> str:
    """Return when the file ``go`` is there; each call leaves a line in ``calls``."""
    place = Path(os.environ["TEST_FOLDER"])
    with (place / "calls").open("a") as calls:
        calls.write("call\n")
    deadline = time.monotonic() + 20
    while not (place / "go").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    return "went"
