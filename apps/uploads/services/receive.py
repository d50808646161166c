"""Take a form from a request while it comes: texts and files, the CSRF token before the first of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, QueryDict

from ...core.http.answers import has_json
from ...core.http.body import body_of
from ...core.socket.pool import in_pool
from ..admission import RequireToken
from ..exceptions import BadForm, TooLarge
from ..multipart import FormParser, Limits
from .budget import Budget, Pace
from .incoming import FileRules, Incoming

CSRF_FIELD = "csrfmiddlewaretoken"
_BLOCK_BYTES = 512 * 2**10
# What is no larger is read where it comes, without a thread: nothing of it goes to the disk.
_SMALL_BYTES = 32 * 2**10
_NOTE_BYTES = 2**20
_LOOK_S = 1.0


@dataclass
class Form:
    """``fields`` in the order of the form, without Django's CSRF token."""

    fields: list[tuple[str, str]] = field(default_factory=list)
    files: list[Incoming] = field(default_factory=list)

    def discard(self) -> None:
        """Leave nothing on the disk."""
        for file in self.files:
            file.discard()


async def receive_form(
    request: HttpRequest, *, limits: Limits, rules: FileRules, budget: Budget, require_token: RequireToken
) -> Form:
    """Return the form of the request: multipart, urlencoded or a JSON object, or nothing.

    ``require_token`` is called once with the form's CSRF token (empty without) before anything is stored.
    Raises UploadError, Refusal; then nothing is left of it. Raises ClientGone.
    """
    kind = request.content_type or ""
    if kind == "multipart/form-data":
        return await _Receiver(request, limits, rules, budget, require_token).receive()
    content = await _whole(request, most_bytes=limits.text_bytes)
    fields = _fields_of(request, kind, content)
    require_token(_token_of(fields))
    return Form([(name, value) for name, value in fields if name != CSRF_FIELD])


class _Receiver:
    def __init__(
        self,
        request: HttpRequest,
        limits: Limits,
        rules: FileRules,
        budget: Budget,
        require_token: RequireToken,
    ) -> None:
        self._request = request
        self._rules = rules
        self._budget = budget
        self._require_token = require_token
        self._is_token_known = False
        self._form = Form()
        self._fed_bytes = 0
        self._noted_bytes = 0
        content_type = request.META.get("CONTENT_TYPE", "")
        self._parser = FormParser(content_type, limits=limits, open_sink=self._open)

    async def receive(self) -> Form:
        try:
            await watched(feed_all(self._request, self._feed), self._budget)
            self._parser.finish()
            self._look_at_token()
        except BaseException:
            await in_pool(self._form.discard)
            raise
        self._form.fields = [(name, text) for name, text in self._parser.fields if name != CSRF_FIELD]
        return self._form

    def _feed(self, block: bytes) -> None:
        self._fed_bytes += len(block)
        self._parser.feed(block)
        if self._fed_bytes - self._noted_bytes >= _NOTE_BYTES:
            self._noted_bytes = self._fed_bytes
            self._budget.note(self._fed_bytes)

    def _open(self, field: str, filename: str, declared_type: str) -> Incoming:
        self._look_at_token()
        incoming = Incoming(
            field=field,
            filename=filename,
            declared_type=declared_type,
            rules=self._rules,
            place=self._budget.place,
        )
        self._form.files.append(incoming)
        return incoming

    def _look_at_token(self) -> None:
        if not self._is_token_known:
            self._require_token(_token_of(self._parser.fields))
            self._is_token_known = True


async def feed_all(request: HttpRequest, feed: Callable[[bytes], None]) -> None:
    """Feed the body in blocks in a thread, each while the next is received; a small one where it comes.

    Raises what ``feed`` raises, TooSlow, ClientGone.
    """
    feeding: asyncio.Future[None] | None = None
    is_first = True
    try:
        async for block in blocks(request, block_bytes=_BLOCK_BYTES):
            if is_first and len(block) <= _SMALL_BYTES:
                feed(block)
                continue
            is_first = False
            if feeding is not None:
                await feeding
            feeding = in_pool(lambda block=block: feed(block))  # type: ignore[misc]
    finally:
        if feeding is not None:
            await asyncio.wait((feeding,))
    if feeding is not None:
        feeding.result()


async def watched(work: Coroutine[Any, Any, None], budget: Budget) -> None:
    """Wait for the work; it is broken off with UploadGone when an operator aborts the upload."""
    working = asyncio.ensure_future(work)
    try:
        while not working.done():
            await asyncio.wait((working,), timeout=_LOOK_S)
            if not working.done():
                await in_pool(budget.look)
    finally:
        working.cancel()
        await asyncio.wait((working,))
    working.result()


async def blocks(request: HttpRequest, *, block_bytes: int) -> AsyncIterator[bytes]:
    """Yield the body in blocks of at least so many bytes, but for the last. Raises TooSlow, ClientGone."""
    pace = Pace(now=time.monotonic())
    gathered: list[bytes] = []
    gathered_bytes = 0
    async for piece in paced(aiter(body_of(request)), pace):
        gathered.append(piece)
        gathered_bytes += len(piece)
        if gathered_bytes >= block_bytes:
            yield b"".join(gathered)
            gathered, gathered_bytes = [], 0
    if gathered:
        yield b"".join(gathered)


async def paced(pieces: AsyncIterator[bytes], pace: Pace) -> AsyncIterator[bytes]:
    """Yield the pieces. Raises TooSlow where they do not keep the pace, and what ``pieces`` raises."""
    loop = asyncio.get_running_loop()
    shift = loop.time() - time.monotonic()
    while True:
        try:
            async with asyncio.timeout_at(pace.deadline() + shift):
                piece = await anext(pieces)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise pace.too_slow() from error
        pace.received_bytes += len(piece)
        yield piece


async def _whole(request: HttpRequest, *, most_bytes: int) -> bytes:
    content = bytearray()
    async for block in blocks(request, block_bytes=0):
        content += block
        if len(content) > most_bytes:
            raise TooLarge(f"The texts of the form have more than {most_bytes} bytes.")
    return bytes(content)


def _fields_of(request: HttpRequest, kind: str, content: bytes) -> list[tuple[str, Any]]:
    if has_json(request):
        return _members(content)
    if not content:
        return []
    if kind != "application/x-www-form-urlencoded":
        raise BadForm(f"The body is {kind or 'of no type'}; send a form (multipart/form-data) or JSON.")
    try:
        given = QueryDict(content, encoding="utf-8")
    except (UnicodeDecodeError, ValueError) as error:
        raise BadForm(f"The body is no form: {error}") from error
    return [(name, value) for name in given for value in given.getlist(name)]


def _token_of(fields: Sequence[tuple[str, Any]]) -> str:
    token = dict(fields).get(CSRF_FIELD)
    return token if isinstance(token, str) else ""


def _members(content: bytes) -> list[tuple[str, Any]]:
    import msgspec

    try:
        given = msgspec.json.decode(content, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadForm(f"The body is no JSON object: {error}") from error
    return list(given.items())
