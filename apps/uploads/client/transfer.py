"""One file by tus 1.0.0 (https://tus.io/protocols/resumable-upload)."""

from __future__ import annotations

import base64
import mimetypes
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ..exceptions import CannotUpload
from .exceptions import UploadRefused
from .line import Answer, Line
from .memory import Memory, NoMemory

HEADERS = {"Tus-Resumable": "1.0.0", "Accept": "application/json"}
_WISH = {"Prefer": "return=representation"}
_PIECE_BYTES = 256 * 2**10
_LONGEST_POLL_S = 10.0
_OVER = (415, 422)  # what came whole was refused, and there is nothing to go on with


class Transfer:
    """``run`` may be called again after what it raises. ``tell`` hears how many bytes have been sent."""

    def __init__(
        self,
        path: Path,
        line: Line,
        *,
        text: dict[str, str],
        chunk_bytes: int,
        memory: Memory | NoMemory,
        tell: Callable[[int], None],
    ) -> None:
        self.path = path
        self.size = path.stat().st_size
        self.chunk_bytes = chunk_bytes
        self.offset = 0
        self.location = memory.location
        self._line = line
        self._metadata = metadata(path, text)
        self._memory = memory
        self._tell = tell
        self._was_begun_anew = False

    def run(self) -> Any:
        """Send what is missing and return the reply. Raises LineBroken, UploadRefused."""
        answer = self._begin() if self.location is None else self._find()
        self._tell(self.offset)
        while self.offset < self.size:
            answer = self._send_chunk()
        reply = answer.value if _has_reply(answer) else self._ask()
        self.forget()
        return reply

    def forget(self) -> None:
        self._memory.forget()
        self.location = None
        self.offset = 0

    def _begin(self) -> Answer:
        headers = {"Upload-Length": str(self.size), "Upload-Metadata": self._metadata, **_WISH}
        answer = self._request("POST", self._line.url.geturl(), headers)
        location = answer.headers.get("Location")
        if location is None and not _has_reply(answer):
            raise UploadRefused("The server does not say where the upload goes on; is it one of uploads?")
        if location is not None:
            self.location = self._line.join(location)
            self._memory.keep(self.location, expires=answer.headers.get("Upload-Expires"))
        return answer

    def _find(self) -> Answer:
        assert self.location is not None
        answer = self._line.request("HEAD", self.location, headers=HEADERS)
        if answer.status in (404, 410):
            return self._begin_anew(answer)
        if not answer.is_good:
            raise answer.refusal()
        self.offset = _offset_of(answer, 0)
        return answer

    def _begin_anew(self, answer: Answer) -> Answer:
        """What was kept has expired, was refused, or is another person's."""
        if answer.status == 410:
            self._require_no_failure(self._status())
        again, self._was_begun_anew = self._was_begun_anew, True
        self.forget()
        if again:
            raise answer.refusal()
        return self._begin()

    def _send_chunk(self) -> Answer:
        assert self.location is not None
        size = min(self.chunk_bytes, self.size - self.offset)
        headers = {
            "Upload-Offset": str(self.offset), "Content-Type": "application/offset+octet-stream", **_WISH,
        }  # fmt: skip
        try:
            answer = self._request("PATCH", self.location, headers, body=self._pieces(size), size=size)
        except UploadRefused as error:
            if error.status in _OVER or error.said == "call_failed":
                self.forget()
            raise
        self.offset = _offset_of(answer, self.offset + size)
        self._memory.keep(self.location, expires=answer.headers.get("Upload-Expires"))
        self._tell(self.offset)
        return answer

    def _pieces(self, size: int) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            file.seek(self.offset)
            sent = 0
            while sent < size:
                piece = file.read(min(_PIECE_BYTES, size - sent))
                if not piece:
                    raise CannotUpload(f"{self.path} has become shorter while it was sent.")
                yield piece
                sent += len(piece)
                self._tell(self.offset + sent)

    def _ask(self) -> Any:
        """Return the reply of an upload whose last answer was lost."""
        pause_s = 0.25
        while (told := self._status()).get("status") in ("Running", "inProgress"):
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_POLL_S)
        self._require_no_failure(told)
        return told.get("data")

    def _status(self) -> dict[str, Any]:
        assert self.location is not None
        answer = self._line.request("GET", self.location, headers=HEADERS)
        if not answer.is_good:
            raise answer.refusal()
        return answer.value if isinstance(answer.value, dict) else {}

    def _require_no_failure(self, told: dict[str, Any]) -> None:
        if told.get("status") == "FAILURE":
            self.forget()
            raise UploadRefused(str(told.get("error") or "The server refused the file."), status=422)

    def _request(self, method: str, url: str, headers: dict[str, str], **body: Any) -> Answer:
        answer = self._line.request(method, url, headers={**HEADERS, **headers}, **body)
        if not answer.is_good:
            raise answer.refusal()
        return answer


def metadata(path: Path, text: dict[str, str]) -> str:
    """Return the header Upload-Metadata. Raises CannotUpload for a name of a field that it cannot carry."""
    kind, _ = mimetypes.guess_type(path.name)
    pairs = {**text, "filename": path.name, **({"filetype": kind} if kind else {})}
    for name in pairs:
        if not name or not name.isascii() or not name.isprintable() or " " in name or "," in name:
            raise CannotUpload(f"A field is called {name!r}; use ASCII letters without spaces and commas.")
    return ",".join(f"{name} {_encoded(value)}" for name, value in pairs.items())


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "replace")).decode()


def _offset_of(answer: Answer, expected: int) -> int:
    said = answer.headers.get("Upload-Offset") or str(expected)
    if not said.isdecimal():
        raise UploadRefused(f"The server says that the upload goes on at {said!r}; is it one of uploads?")
    return int(said)


def _has_reply(answer: Answer) -> bool:
    return "Preference-Applied" in answer.headers
