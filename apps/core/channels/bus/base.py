"""What every bus promises, and which one this site has."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from ...conf import core_settings
from ...exceptions import BusUnavailable
from ..publications import Outgoing, Position, Publication, Recovery

FORGET_S = 86_400.0
"""A channel that retains nothing and said nothing for so long loses its count, and gets a new epoch."""

TRANSIT_S = 60.0
"""How long every publication stays at least, for followers that are busy or asleep."""

BATCH_SIZE = 500


class Missed(Exception):
    """Publications were pruned before this follower read them; it goes on with those that are left."""


class Tail(Protocol):
    """One follower's place in the bus, from its making on. Belongs to one thread."""

    def read(self, *, timeout_s: float) -> list[Publication]:
        """Return what is new, in order and each once, at most 500; nothing new: wait, and look once more.

        Waits ``timeout_s`` at most, and may return empty earlier.
        Raises Missed, BusUnavailable; after both, the next read goes on.
        """
        ...

    def wake(self) -> None:
        """Make a waiting ``read`` return soon. Callable from any thread."""
        ...

    def close(self) -> None: ...


class Bus(Protocol):
    """Carries publications between processes and keeps what namespaces ask for.

    Every method blocks for the time of a small write or read, may be called from any thread and
    after a fork, and raises BusUnavailable.
    """

    def publish(self, messages: Sequence[Outgoing]) -> list[Position]:
        """Send all or none of the messages, in their order."""
        ...

    def clear(self, channel: str) -> None:
        """Forget the channel's retained value."""
        ...

    def recover(self, channel: str, since: Position | None = None, *, partial: bool = False) -> Recovery:
        """Tell where the channel stands, and what it said since; ``partial``: what is left of that."""
        ...

    def channels(self, filter_: str, *, limit: int) -> list[str]:
        """Return the names of the filter's known channels, at most ``limit``."""
        ...

    def retained(self, filter_: str) -> list[Publication]:
        """Return the retained values of the filter's channels."""
        ...

    def tail(self) -> Tail:
        """Begin to follow, after everything that is published now."""
        ...

    def prune(self) -> int:
        """Delete what no namespace keeps any more; return the number of publications deleted."""
        ...

    def close(self) -> None: ...


def get_bus() -> Bus:
    """Return this process's bus, as ``BUS_URL`` says: ``sqlite:///<file>``, ``redis://…[#prefix]``, ``postgres://…[#schema]``."""
    return _bus_at(core_settings().bus_url)


@functools.lru_cache(maxsize=8)
def _bus_at(url: str) -> Bus:
    scheme = url.partition(":")[0]
    if scheme not in _MAKERS:
        raise BusUnavailable(f"BUS_URL is {url!r}; it must begin with sqlite:///, redis:// or postgres://.")
    return _MAKERS[scheme](url)


def _sqlite(url: str) -> Bus:
    from .sqlite import SqliteBus

    return SqliteBus(url.removeprefix("sqlite:///"))


def _redis(url: str) -> Bus:
    with _needing("redis", "Redis"):
        from .redis import RedisBus
    return RedisBus(url)


def _postgres(url: str) -> Bus:
    with _needing("postgres", "PostgreSQL"):
        from .postgres import PostgresBus
    return PostgresBus(url)


@contextmanager
def _needing(extra: str, server: str) -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise BusUnavailable(
            f"BUS_URL names {server}, and its client is not installed ({error}). "
            f"Type: pip install 'django-smallweb[{extra}]'."
        ) from error


_MAKERS: dict[str, Callable[[str], Bus]] = {
    "sqlite": _sqlite,
    "redis": _redis,
    "rediss": _redis,
    "unix": _redis,
    "postgres": _postgres,
    "postgresql": _postgres,
}


def recovery_of(
    position: Position,
    since: Position | None,
    found: list[Publication],
    retained: Publication | None,
    *,
    partial: bool = False,
) -> Recovery:
    """Decide whether ``found``, what is left of the publications after ``since``, is all of them.

    Offsets are dense, so counting decides. A channel first heard of now may be recovered from ``("", 0)``.
    """
    if since is None:
        return Recovery(position=position, retained=retained)
    same = since.epoch == position.epoch or (since.epoch == "" and since.offset == 0)
    complete = same and len(found) == position.offset - since.offset
    told = found if complete or partial else []
    return Recovery(position=position, recovered=complete, publications=told, retained=retained)
