"""A handler in a worker."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .registry import Handler


def runner_of(made: Handler) -> Callable[..., Any]:
    """Return what workers call for an upload whose files are all there."""

    def run(upload: str) -> Any:
        from .services.run_handler import run_in_worker

        return run_in_worker(made, upload)

    run.__qualname__ = made.name
    return run
