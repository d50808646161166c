"""Frames: a JSON object and some bytes, on a stream between two processes.

A frame is the length of the object's text and that of the bytes, four bytes each, most significant first;
then the text in UTF-8; then the bytes.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any, cast

Message = dict[str, Any]
Frame = tuple[Message, bytes]

MAX_FRAME_BYTES = 256 * 2**20
"""Of one frame; a peer that sends more is no peer of ours."""

_HEAD = struct.Struct(">II")
_CREDENTIALS = struct.Struct("3i")
_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class BadFrame(Exception):
    """The stream is not made of frames."""


def pack(message: Message, body: bytes = b"") -> bytes:
    """Return the frame. Raises TypeError and ValueError for what JSON cannot say."""
    text = _encode(message).encode("utf-8", "surrogatepass")
    return b"".join((_HEAD.pack(len(text), len(body)), text, body))


class Unpacker:
    """Takes a stream apart as it comes."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Return the frames that are whole by now. Raises BadFrame."""
        self._kept += data
        while len(self._kept) >= _HEAD.size:
            text_bytes, body_bytes = _HEAD.unpack_from(self._kept)
            if text_bytes + body_bytes > MAX_FRAME_BYTES:
                raise BadFrame(f"a frame of {text_bytes + body_bytes} bytes; {MAX_FRAME_BYTES} are taken")
            body_at = _HEAD.size + text_bytes
            end = body_at + body_bytes
            if len(self._kept) < end:
                return
            text = bytes(self._kept[_HEAD.size : body_at])
            body = bytes(self._kept[body_at:end]) if body_bytes else b""
            del self._kept[:end]
            yield _message_of(text), body


def _message_of(text: bytes) -> Message:
    try:
        message = json.loads(text.decode("utf-8", "surrogatepass"))
    except ValueError as error:
        raise BadFrame("a frame that is no JSON") from error
    if not isinstance(message, dict):
        raise BadFrame("a frame that is no object")
    return message


def read_frame(sock: socket.socket) -> Frame:
    """Wait for one frame. Raises EOFError, BadFrame."""
    text_bytes, body_bytes = _HEAD.unpack(_read(sock, _HEAD.size))
    if text_bytes + body_bytes > MAX_FRAME_BYTES:
        raise BadFrame(f"a frame of {text_bytes + body_bytes} bytes; {MAX_FRAME_BYTES} are taken")
    return _message_of(_read(sock, text_bytes)), _read(sock, body_bytes)


def _read(sock: socket.socket, size: int) -> bytes:
    pieces = []
    while size:
        piece = sock.recv(min(size, 2**20))
        if not piece:
            raise EOFError
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


class FramePipe(asyncio.Protocol):
    """Both directions of a stream of frames.

    ``on_frame(message, body)`` is called as they come, ``on_end()`` once, when the stream has ended. Who
    listens has it ``check_peer``: a process of another user is not heard.
    """

    def __init__(
        self,
        on_frame: Callable[[Message, bytes], None],
        on_end: Callable[[], None],
        *,
        check_peer: bool = False,
    ) -> None:
        self._on_frame = on_frame
        self._on_end = on_end
        self._check_peer = check_peer
        self._unpacker = Unpacker()
        self._transport: asyncio.Transport | None = None
        self._may_write = asyncio.Event()
        self._may_write.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if self._check_peer and not _is_of_this_user(transport.get_extra_info("socket")):
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        if not self.is_open:
            return
        try:
            for message, body in self._unpacker.feed(data):
                self._on_frame(message, body)
        except BadFrame:
            self.close()

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        self._may_write.set()
        self._on_end()

    def pause_writing(self) -> None:
        self._may_write.clear()

    def resume_writing(self) -> None:
        self._may_write.set()

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def write(self, message: Message, body: bytes = b"") -> None:
        """Send a frame, however much waits; into a stream that has ended it is lost."""
        frame = pack(message, body)
        if self._transport is not None and self.is_open:
            self._transport.write(frame)

    async def send(self, message: Message, body: bytes = b"") -> None:
        """Send a frame, and wait for as long as the peer is behind."""
        self.write(message, body)
        await self._may_write.wait()

    def hold(self) -> None:
        """Read no more until ``go_on``."""
        if self._transport is not None and self.is_open:
            self._transport.pause_reading()

    def go_on(self) -> None:
        if self._transport is not None and self.is_open:
            self._transport.resume_reading()

    def close(self) -> None:
        """End the stream once all is sent."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """End the stream at once."""
        if self._transport is not None:
            self._transport.abort()


def _is_of_this_user(sock: Any) -> bool:
    if not hasattr(socket, "SO_PEERCRED"):
        return True  # the folder that the socket is in is private
    told = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return bool(_CREDENTIALS.unpack(told)[1] == os.geteuid())
