"""What ``smallweb_up`` runs besides web server and workers; apps register it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .registry import Entry, Registry


@dataclass(frozen=True, kw_only=True)
class UpService(Entry):
    """A management command, with its arguments, that runs as a process of its own where it is wanted."""

    arguments: tuple[str, ...]
    is_wanted: Callable[[], bool]


up_services: Registry[UpService] = Registry("service")


def wanted_services() -> list[UpService]:
    """Return the services that this site needs, as its code is now."""
    return [service for service in up_services if service.is_wanted()]
