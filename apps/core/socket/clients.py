"""How many sockets one client has open in this process."""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .rights import Rights

_open: Counter[object] = Counter()


@contextmanager
def counted(scope: dict[str, Any], rights: Rights, *, most: int) -> Iterator[bool]:
    """Count one more socket of this client inside the block; yields whether it may be opened."""
    client = _client(scope, rights)
    if client is None:
        yield True
        return
    _open[client] += 1
    try:
        yield _open[client] <= most
    finally:
        _open[client] -= 1
        if not _open[client]:
            del _open[client]


def _client(scope: dict[str, Any], rights: Rights) -> object:
    """Name the user, else the address; None for this machine's own: a proxy speaks for everyone."""
    if rights.user_id is not None:
        return ("user", rights.user_id)
    try:
        address = ipaddress.ip_address((scope.get("client") or ("",))[0])
    except ValueError:
        return None
    return None if address.is_loopback else ("address", address)
