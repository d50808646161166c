"""Somebody without an account who opens addresses of a running site."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from typing import Any, NamedTuple

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


class Answer(NamedTuple):
    status: int
    kind: str
    body: bytes


class Visitor:
    """A client with cookies of its own."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def get(self, path: str) -> Answer:
        return self._send(urllib.request.Request(self.url + path))

    def post(self, path: str, data: bytes, kind: str = FORM) -> Answer:
        return self._send(urllib.request.Request(self.url + path, data, {"Content-Type": kind}))

    def status(self, task: str) -> Any:
        """Return what the address of a status answers, which must be JSON."""
        answer = self.get(f"/status/{task}")
        assert (answer.status, answer.kind) == (200, JSON)
        return json.loads(answer.body)

    def _send(self, request: urllib.request.Request) -> Answer:
        try:
            with self._opener.open(request, timeout=30) as response:
                return Answer(response.status, response.headers["Content-Type"], response.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers["Content-Type"], error.read())
