"""A browser that knows just enough of each server to click."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import struct
from dataclasses import dataclass
from html import unescape

_CONFIG = re.compile(r"new SmallwebLink\((\{.*?\})\);")
_INTERACT = re.compile(r"onclick=[\"'].*?interact\( (\{.*?\}) \);")
_EVENT = re.compile(r"htag_event\('(button-\d+)', 'click', event\)")
_MASK = b"\0\0\0\0"


@dataclass(frozen=True)
class Page:
    """``socket`` is the path of the page's websocket, ``click`` what a click sends there; empty for none.

    ``greetings``: how many messages come before anybody has clicked.
    """

    cookies: str
    socket: str
    click: str
    greetings: int = 0


async def load(port: int, path: str, kind: str) -> Page:
    """Be somebody new, and load the page."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    # Not to the end of the line: processes that htagweb forks meanwhile hold it open.
    length = re.search(rb"\r\ncontent-length: *(\d+)\r\n", head, re.IGNORECASE)
    body = await (reader.read(-1) if length is None else reader.readexactly(int(length[1])))
    writer.close()
    await writer.wait_closed()
    lines = head.decode("latin-1").split("\r\n")
    assert " 200 " in lines[0], (lines, body[:500])
    cookies = [line.partition(":")[2].partition(";")[0].strip() for line in lines[1:] if _is_cookie(line)]
    text = re.sub(r"\r\n[0-9a-f]+\r\n", "", body.decode())  # the sizes of pieces
    return _page(kind, "; ".join(cookies), text)


def _is_cookie(line: str) -> bool:
    return line.lower().startswith("set-cookie:")


def _page(kind: str, cookies: str, text: str) -> Page:
    if kind == "nicegui":
        return Page(cookies, "", "")
    if kind == "htag2":
        found = _EVENT.search(unescape(text))
        assert found is not None
        message = {"id": found[1], "event": "click", "data": {"callback_id": "1"}}
        return Page(cookies, "/ws", json.dumps(message), greetings=1)
    clicked = _INTERACT.search(unescape(text))
    assert clicked is not None, text[-2000:]
    asked = re.sub(r'"event": jevent\(event\)', '"event": {}', clicked[1])
    if kind == "htagweb":
        socket = re.search(r"webroot \+ \"(_/[^\"]+)\"", text)
        assert socket is not None
        return Page(cookies, "/" + socket[1], asked)
    config = _CONFIG.search(text)
    assert config is not None
    place = json.loads(config[1])["socket"]
    return Page(cookies, f"{place}?tab=a&v=0", json.dumps({**json.loads(asked), "n": 1}))


class Socket:
    """A websocket of a page."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, page: Page) -> None:
        self._reader = reader
        self._writer = writer
        self._click = _frame(page.click.encode())

    @classmethod
    async def open(cls, port: int, page: Page) -> Socket:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
        key = base64.b64encode(os.urandom(16)).decode()
        writer.write(
            f"GET {page.socket} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
            f"Cookie: {page.cookies}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        assert b" 101 " in head, head
        made = cls(reader, writer, page)
        for _ in range(page.greetings):
            await made._read()
        return made

    async def click(self) -> None:
        """Click, and wait for the page's change."""
        self._writer.write(self._click)
        said = await self._read()
        assert b"update" in said, said[:500]

    async def _read(self) -> bytes:
        while True:
            first, size = await self._reader.readexactly(2)
            size &= 127
            if size > 125:
                form = ">H" if size == 126 else ">Q"
                (size,) = struct.unpack(form, await self._reader.readexactly(struct.calcsize(form)))
            payload = await self._reader.readexactly(size)
            assert first & 15 != 8, payload
            if first & 15 in (1, 2) and payload:
                return payload

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


def _frame(payload: bytes) -> bytes:
    size = len(payload)
    length = bytes([128 | size]) if size < 126 else bytes([128 | 126]) + struct.pack(">H", size)
    return b"\x81" + length + _MASK + payload
