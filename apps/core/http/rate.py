"""How often one caller may ask."""

from __future__ import annotations

import functools
import ipaddress
import math
from typing import Any

from django.http import HttpRequest
from django.utils.functional import LazyObject, empty

from ..socket.clients import may_ask as client_may_ask
from ..socket.rate import TokenBucket

MAX_BUCKETS = 10_000
_buckets: dict[tuple[object, str, float], TokenBucket] = {}


def may_ask(request: HttpRequest, name: str, *, per_minute: float | None, now: float) -> int:
    """Return 0, or for how many seconds the caller must wait: for the limit of what is called ``name``, or
    for core's of all requests (SOCKET_CLIENT_MESSAGES_PER_S), which does not hold for this machine itself.
    """
    caller = caller_of(request)
    if caller[0] != "machine" and not client_may_ask(caller, 1, now=now):
        return 1
    if per_minute is None:
        return 0
    key = (caller, name, per_minute)
    bucket = _buckets.get(key)
    if bucket is None:
        _drop_full(now)
        bucket = _buckets[key] = TokenBucket(rate=per_minute / 60, burst=max(per_minute, 1), now=now)
    return 0 if bucket.take(1, now=now) else math.ceil(60 / per_minute)


def caller_of(request: HttpRequest) -> tuple[str, object]:
    """Name the user, else the address; ``machine`` for this one, whose proxy speaks for everyone."""
    user = loaded_user(request)
    if getattr(user, "is_authenticated", False):
        return "user", user.pk
    return place_of(request.META.get("REMOTE_ADDR", ""))


@functools.lru_cache(maxsize=4096)
def place_of(address: str) -> tuple[str, object]:
    """Name the address; ``machine`` for this one's own."""
    try:
        is_own = ipaddress.ip_address(address).is_loopback
    except ValueError:  # a socket of this machine's
        is_own = True
    return ("machine", "") if is_own else ("address", address)


def loaded_user(request: HttpRequest) -> Any:
    """Return the user if somebody has looked it up already: on the loop nobody can."""
    user = getattr(request, "_acached_user", None) or request.__dict__.get("user")
    is_unknown = isinstance(user, LazyObject) and user.__dict__.get("_wrapped", empty) is empty
    return None if is_unknown else user


def _drop_full(now: float) -> None:
    if len(_buckets) >= MAX_BUCKETS:
        for key in [key for key, bucket in _buckets.items() if bucket.is_full(now=now)]:
            del _buckets[key]
