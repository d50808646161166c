"""Spreading jobs that share a due time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import blake2b


def jitter_offset(key: str, due: datetime, jitter_s: float) -> timedelta:
    """Return how long to wait after the due time: at least 0, less than ``jitter_s`` seconds.

    The same for the same key and instant in every process, evenly spread over both.
    """
    seed = f"{key}\n{due.astimezone(UTC).isoformat()}".encode()
    number = int.from_bytes(blake2b(seed, digest_size=8).digest())
    return timedelta(microseconds=number * round(jitter_s * 1_000_000) >> 64)
