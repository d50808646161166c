"""One websocket that is opened again whenever it breaks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from .backoff import reconnect_delay_s
from .exceptions import ConnectionLost, ConnectionRefused

try:
    from websockets.asyncio.client import ClientConnection, connect
    from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
except ImportError as error:
    raise ImportError(
        "smallweb.rpc.client needs the package websockets; type: pip install 'django-smallweb[client]'"
    ) from error

logger = logging.getLogger(__name__)

FIRST_INTERVAL_S = 25.0
SILENT_INTERVALS = 2.5
PATIENT_ATTEMPT = 5
ABNORMAL = 1006
SESSION_ENDED = 4401
NO_SUCH_PATH = 4404
TOO_MANY = 4429
FINAL_STATUSES = (400, 401, 403, 404)
MAX_MESSAGE_BYTES = 64 * 2**20
OPEN_TIMEOUT_S = 10.0


@dataclass(frozen=True, kw_only=True)
class Ears:
    """Who hears of the line: that it is open, each message, and what broke it."""

    opened: Callable[[], None]
    heard: Callable[[str | bytes], None]
    lost: Callable[[ConnectionLost], None]


class Line:
    """Open from ``open`` to ``close``, with pauses. One on which the server has fallen silent is given up."""

    def __init__(self, url: str, token: str | None, ears: Ears, *, reconnect: bool = True) -> None:
        self.url = url
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._ears = ears
        self._reconnect = reconnect
        self._line: ClientConnection | None = None
        self._online = asyncio.Event()
        self._end: ConnectionLost | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._interval_s = FIRST_INTERVAL_S
        self._heard_at = 0.0
        self._attempt = 0

    @property
    def is_online(self) -> bool:
        return self._line is not None

    @property
    def is_ended(self) -> bool:
        """Whether it will not be opened again."""
        return self._end is not None

    async def open(self) -> None:
        """Return once the line is open. Raises ConnectionLost when the very first attempt fails."""
        self._started(await self._dial())
        self._keeper = asyncio.create_task(self._keep())

    async def close(self) -> None:
        """Close for good; harmless when repeated."""
        self._end_by(ConnectionLost("The client is closed."))
        if self._line is not None:
            await self._line.close()
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait([self._keeper])

    async def online(self) -> None:
        """Return as soon as the line is open. Raises ConnectionLost when it will not be any more."""
        await self._online.wait()
        self.require_not_ended()

    def require_not_ended(self) -> None:
        """Raises ConnectionLost when the line will not be opened again."""
        if self._end is not None:
            raise self._end

    async def send(self, text: str) -> None:
        """Raises ConnectionLost."""
        line = self._line
        if line is None:
            raise self._end or ConnectionLost("The line is broken.")
        try:
            await line.send(text)
        except ConnectionClosed as error:
            raise self._reason(line) from error

    def beat(self, interval_s: float) -> None:
        """The server is there, and says how often it will say so."""
        self._interval_s = interval_s
        self._attempt = 0

    async def _dial(self) -> ClientConnection:
        try:
            return await connect(
                self.url,
                additional_headers=self._headers,
                compression=None,
                max_size=MAX_MESSAGE_BYTES,
                open_timeout=OPEN_TIMEOUT_S,
                close_timeout=1.0,
                ping_interval=None,  # the server's rpc.ping is watched instead
            )
        except InvalidStatus as error:
            status = error.response.status_code
            kind = ConnectionRefused if status in FINAL_STATUSES else ConnectionLost
            raise kind(f"{self.url} answers {status}.") from error
        except InvalidURI as error:
            raise ConnectionRefused(f"{self.url!r} is no address: {error}.") from error
        except (OSError, InvalidHandshake, ConnectionClosed, EOFError) as error:
            raise ConnectionLost(f"{self.url} cannot be reached: {error}.") from error

    async def _keep(self) -> None:
        while self._line is not None:
            error = await self._serve(self._line)
            self._broke(error)
            if self._end is None:
                await self._dial_again()

    async def _serve(self, line: ClientConnection) -> ConnectionLost:
        watch = asyncio.create_task(self._watch(line))
        try:
            async for text in line:
                self._heard_at = asyncio.get_running_loop().time()
                self._ears.heard(text)
        except ConnectionClosed:
            pass  # said by the code
        except Exception:
            logger.exception("url=%s a message of the server could not be taken", self.url)
            line.transport.abort()
        finally:
            watch.cancel()
        return self._reason(line)

    async def _watch(self, line: ClientConnection) -> None:
        now = asyncio.get_running_loop().time
        while (silent_at := self._heard_at + SILENT_INTERVALS * self._interval_s) > now():  # noqa: ASYNC110 - a time
            await asyncio.sleep(silent_at - now())
        logger.warning("url=%s the server has fallen silent", self.url)
        line.transport.abort()

    def _reason(self, line: ClientConnection) -> ConnectionLost:
        code = line.close_code or ABNORMAL
        text = f"{code}, {line.close_reason}" if line.close_reason else str(code)
        if code in (SESSION_ENDED, NO_SUCH_PATH):
            meaning = "the session has ended" if code == SESSION_ENDED else "there is no socket"
            return ConnectionRefused(f"{self.url}: {meaning} ({text}).")
        if code == TOO_MANY:
            self._attempt = max(self._attempt, PATIENT_ATTEMPT)
        return ConnectionLost(f"The line broke ({text}).")

    async def _dial_again(self) -> None:
        while True:
            await asyncio.sleep(reconnect_delay_s(self._attempt))
            self._attempt += 1
            try:
                self._started(await self._dial())
            except ConnectionRefused as error:
                self._end_by(error)
                self._ears.lost(error)
            except ConnectionLost as error:
                logger.info("attempt=%s %s", self._attempt, error)
                continue
            return

    def _started(self, line: ClientConnection) -> None:
        self._heard_at = asyncio.get_running_loop().time()
        self._line = line
        self._online.set()
        self._ears.opened()

    def _broke(self, error: ConnectionLost) -> None:
        self._line = None
        if self._end is None and (isinstance(error, ConnectionRefused) or not self._reconnect):
            self._end_by(error)
        if self._end is None:
            self._online.clear()
        self._ears.lost(self._end or error)

    def _end_by(self, error: ConnectionLost) -> None:
        if self._end is None:
            self._end = error
        self._online.set()
