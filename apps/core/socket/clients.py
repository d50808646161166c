"""What one client, a user or an address, takes up in this process: connections, requests, their rate."""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..conf import core_settings
from .rate import TokenBucket
from .rights import Rights

Client = object

_open: Counter[Client] = Counter()
_running: Counter[Client] = Counter()
_buckets: dict[tuple[Client, float, float], TokenBucket] = {}

MAX_BUCKETS = 1_000
"""So many are kept before those are dropped that are full again and so know nothing."""


def client_of(scope: dict[str, Any], rights: Rights) -> Client | None:
    """Name the user, else the address; None for this machine's own: a proxy speaks for everyone."""
    if rights.user_id is not None:
        return ("user", rights.user_id)
    try:
        address = ipaddress.ip_address((scope.get("client") or ("",))[0])
    except ValueError:
        return None
    return None if address.is_loopback else ("address", address)


class Place:
    """One open connection among those of its client."""

    def __init__(self) -> None:
        self._client: Client | None = None

    def take(self, client: Client | None, *, most: int) -> bool:
        """Count among this client's connections, and no more among another's; False: it has ``most``."""
        if client is not None and client != self._client and _open[client] >= most:
            return False
        self.leave()
        if client is not None:
            _open[client] += 1
        self._client = client
        return True

    def leave(self) -> None:
        """Count no more; harmless when repeated."""
        if self._client is not None:
            _take_one(_open, self._client)
        self._client = None


@contextmanager
def running(client: Client | None, *, most: int) -> Iterator[bool]:
    """Count one more running request inside the block; yields whether it may run."""
    if client is None or _running[client] >= most:
        yield client is None
        return
    _running[client] += 1
    try:
        yield True
    finally:
        _take_one(_running, client)


def may_ask(client: Client | None, count: int, *, now: float) -> bool:
    """Whether the client may make so many more requests, over whatever lines it has."""
    if client is None:
        return True
    limits = core_settings()
    key = (client, limits.socket_client_messages_per_s, float(limits.socket_client_burst))
    bucket = _buckets.get(key)
    if bucket is None:
        _drop_full(now)
        bucket = _buckets[key] = TokenBucket(rate=key[1], burst=key[2], now=now)
    return bucket.take(count, now=now)


def _drop_full(now: float) -> None:
    if len(_buckets) >= MAX_BUCKETS:
        for key in [key for key, bucket in _buckets.items() if bucket.is_full(now=now)]:
            del _buckets[key]


def _take_one(counter: Counter[Client], client: Client) -> None:
    counter[client] -= 1
    if counter[client] <= 0:
        del counter[client]
