"""Which processes the consumers of the code want."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.cluster.companions import Companion
from ..queue_consumers import consumers

COMMAND = "smallweb_consumers"


def find_companions() -> Iterator[Companion]:
    """Yield a companion of the workers for each process of each consumer."""
    for made in consumers:
        for number in range(1, made.processes + 1):
            # No name has a dot, so that no two of these are the same.
            yield Companion(name=f"consumer-{made.name}.{number}", arguments=(COMMAND, "--only", made.name))
