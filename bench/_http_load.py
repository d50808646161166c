"""Connections that ask one thing again and again: ``python -m bench._http_load '{...}'``."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from statistics import median, quantiles

import psutil

WARM_UP_S = 0.3


class Asker(asyncio.Protocol):
    """Sends the request again when it is answered, over a new connection where the server closed the last."""

    def __init__(self, port: int, request: bytes, wanted: bytes) -> None:
        self._port, self._request, self._wanted = port, request, wanted
        self._sent_at = 0.0
        self._buffer = b""
        self.took: list[float] = []
        self.ended = asyncio.get_running_loop().create_future()
        self.is_stopped = False
        self.is_warm = asyncio.Event()

    async def connect(self) -> None:
        self._sent_at = time.perf_counter()
        await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", self._port)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._buffer = transport, b""
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, body = self._buffer.partition(b"\r\n\r\n")
        head = head.lower()
        if not separator or len(body) < int(head.partition(b"content-length:")[2].partition(b"\r\n")[0]):
            return
        now = time.perf_counter()
        self.is_warm.set()
        self.took.append(now - self._sent_at)
        if b" 200 " not in head[:16] or self._wanted not in body:
            self._end(AssertionError(f"answered {self._buffer[:500]!r}"))
        elif self.is_stopped:
            self._end(None)
        elif b"connection: close" in head:
            self._transport.close()
            self._again = asyncio.ensure_future(self.connect())
        else:
            self._sent_at, self._buffer = now, b""
            self._transport.write(self._request)

    def _end(self, error: Exception | None) -> None:
        self._transport.close()
        if not self.ended.done():
            self.ended.set_exception(error) if error else self.ended.set_result(None)


async def load(
    port: int, request: bytes, wanted: bytes, *, connections: int, seconds: float, pid: int
) -> dict[str, float]:
    """Return ``rate`` in requests a second, ``p50_s``, ``p99_s`` and ``server_s``, CPU seconds a request."""
    askers = [Asker(port, request, wanted) for _ in range(connections)]
    for one in askers:
        await one.connect()
    await asyncio.gather(*(one.is_warm.wait() for one in askers))
    await asyncio.sleep(WARM_UP_S)
    before, server = [len(one.took) for one in askers], psutil.Process(pid)
    begun_at, cpu_before_s = time.perf_counter(), sum(server.cpu_times()[:2])
    await asyncio.sleep(seconds)
    took = [each for one, count in zip(askers, before, strict=True) for each in one.took[count:]]
    cpu_s, wall_s = sum(server.cpu_times()[:2]) - cpu_before_s, time.perf_counter() - begun_at
    for one in askers:
        one.is_stopped = True
    async with asyncio.timeout(30):
        await asyncio.gather(*(one.ended for one in askers))
    return {
        "rate": len(took) / wall_s,
        "server_s": cpu_s / len(took),
        "p50_s": median(took),
        "p99_s": quantiles(took, n=100, method="inclusive")[98],
    }


def request_of(path: str, body: str | None) -> bytes:
    head = f"{'GET' if body is None else 'POST'} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    if body is not None:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{head}\r\n{body or ''}".encode()


def main() -> None:
    job = json.loads(sys.argv[1])
    request = request_of(job["path"], job["body"])
    numbers = {name: job[name] for name in ("connections", "seconds", "pid")}
    print(json.dumps(asyncio.run(load(job["port"], request, job["wanted"].encode(), **numbers))))


if __name__ == "__main__":
    main()
