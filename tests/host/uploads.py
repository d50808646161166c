"""Handlers and folders of uploads, as a site declares them."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from django.http import HttpResponse

from smallweb.uploads import PublicError, folder, handler

folder(
    "gallery", access="login", read_access="public", list_access="public", delete_access="login",
    accept=["images"], create=["*.png", "albums/*/*.png"], overwrite=["*.png"], owner_only=True,
)  # fmt: skip
folder("inbox", access="public", create=["**"], read_access="staff", list_access="staff")
folder("small", access="public", create=["*"], read_access="public", max_bytes=1000, quota_bytes=2500)


@handler("echo", access="public")
def echo(text: dict[str, Any], data: list[Any]) -> Any:
    """Return what came."""
    files = [
        {
            "name": file.filename, "size": file.size_bytes, "type": file.content_type,
            "sha256": file.sha256, "begins": file.read(20).decode("latin-1"), "field": file.field,
        }
        for file in data
    ]  # fmt: skip
    return {"text": text, "files": files}


@handler("sizes", access="public", max_bytes=2**31)
async def sizes(text: dict[str, Any], data: list[Any]) -> list[int]:
    return [file.size_bytes for file in data]


@handler("private")
def private(text: dict[str, Any], data: list[Any], user: Any) -> str:
    return f"{user.get_username()} {len(data)}"


@handler("pictures", access="public", accept=["image/*"], max_bytes=100_000, max_files=2, folder="gallery")
def pictures(text: dict[str, Any], data: list[Any]) -> list[str]:
    return [str(file.stored.path) for file in data]


@handler("tags", access="public", lists=["tag"], args=("first",), kwargs={"more": "second"})
def tags(text: dict[str, Any], data: list[Any], one: str, more: str = "") -> list[Any]:
    return [text, one, more]


@handler("later", access="public", background=True)
def later(text: dict[str, Any], data: list[Any]) -> dict[str, Any]:
    if text.get("fail") == "public":
        raise PublicError("Not this one.")
    if text.get("fail"):
        raise ValueError("the secret of the site")
    return {"name": text.get("name"), "sizes": [len(file.read()) for file in data]}


@handler("odd", access="public", timeout_s=0.3)
def odd(text: dict[str, Any], data: list[Any]) -> Any:
    """Do what handlers do wrong, and what they may return."""
    kinds: dict[str, Any] = {
        "none": None, "number": 7, "text": "ä", "tuple": (1, "b"), "bytes": b"\0\1", "list": [],
        "response": HttpResponse("teapot", status=418),
    }  # fmt: skip
    what = text["what"]
    if what == "raise":
        raise ValueError("the secret of the site")
    if what == "refuse":
        raise PublicError("No cats.", code="no_cats")
    if what == "exit":
        raise SystemExit(3)
    if what == "hang":
        time.sleep(1.0)
    if what == "object":
        return object()
    return kinds.get(what)


@handler("hang_async", access="public", timeout_s=0.1)
async def hang_async(text: dict[str, Any], data: list[Any]) -> None:
    await asyncio.sleep(60)


@handler("save", access="public")
def save(text: dict[str, Any], data: list[Any]) -> list[str]:
    return [str(file.save(Path(text["folder"]) / file.filename)) for file in data]
