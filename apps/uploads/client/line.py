"""Requests over one connection, which is made anew when it is gone."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from ..exceptions import CannotUpload
from .exceptions import LineBroken, UploadRefused

TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300

    @property
    def value(self) -> Any:
        """What the body says: JSON as values, other text as it is, None for nothing."""
        try:
            return json.loads(self.body)
        except ValueError:
            return self.body.decode("utf-8", "replace") or None

    def refusal(self) -> UploadRefused:
        """Return what a refusing answer says."""
        value = self.value if isinstance(self.value, dict) else {}
        message = str(value.get("message") or f"The server answered {self.status}{self._hint()}.")
        pause = self.headers.get("Retry-After") or ""
        return UploadRefused(
            message,
            status=self.status,
            said=str(value.get("error") or ""),
            pause_s=float(pause) if pause.isdecimal() else 0.0,
        )

    def _hint(self) -> str:
        if 300 <= self.status < 400:
            return f" and sends on to {self.headers.get('Location')}; give that address"
        return {401: "; give a token", 404: "; nothing is at this address"}.get(self.status, "")


class Line:
    """The way to the server of one address; what is sent elsewhere is refused, for the token goes with it."""

    def __init__(self, url: str, *, headers: Mapping[str, str], timeout_s: float = TIMEOUT_S) -> None:
        self.url = _checked(url)
        self._headers = {name: _printable(name, value) for name, value in headers.items()}
        self._timeout_s = timeout_s
        self._connection: http.client.HTTPConnection | None = None

    def join(self, location: str) -> str:
        """Return the absolute address. Raises UploadRefused for one of another server."""
        url = urljoin(self.url.geturl(), location)
        if _server(urlsplit(url)) != _server(self.url):
            raise UploadRefused(f"The server sends on to {url}, which is another one; give its address.")
        return url

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: Iterable[bytes] = (), size: int = 0
    ) -> Answer:
        """Send and return the answer, also one that comes before all is sent. Raises LineBroken."""
        parts = urlsplit(url)
        try:
            connection = self._connected()
            connection.putrequest(method, parts._replace(scheme="", netloc="", fragment="").geturl() or "/")
            for name, value in {**self._headers, **headers, "Content-Length": str(size)}.items():
                connection.putheader(name, value)
            connection.endheaders()
            with suppress(BrokenPipeError, ConnectionResetError):  # it may have answered already
                for piece in body:
                    connection.send(piece)
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read())  # type: ignore[arg-type]
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise LineBroken(
                f"No answer of {_server(parts)}: {str(error) or type(error).__name__}."
            ) from error
        except BaseException:
            self.close()
            raise
        if not answer.is_good:
            self.close()  # some of the body may be on its way still
        return answer

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection is None:
            kind = http.client.HTTPSConnection if self.url.scheme == "https" else http.client.HTTPConnection
            self._connection = kind(self.url.hostname or "", self.url.port, timeout=self._timeout_s)
        return self._connection


def _checked(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        is_good = is_good and re.fullmatch(r"[\x21-\x7e]+", url) is not None
    except ValueError:
        is_good = False
    if not is_good or parts.username is not None:
        raise CannotUpload(f"{url!r} is no address; give one like https://example.org/uploads/photos.")
    return parts


def _printable(name: str, value: str) -> str:
    if re.fullmatch(r"[\x20-\x7e]*", value) is None:
        raise CannotUpload(f"The header {name} cannot carry what it was given; ASCII letters are wanted.")
    return value


def _server(parts: SplitResult) -> str:
    return f"{parts.scheme}://{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
