"""Be the app host of this machine until a signal."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

from ...core.exceptions import AlreadyRuns
from ..exceptions import NoHost
from ..host.main import run_host
from ..registry import HostedApp
from .host_link import ask_running_host, host_folder
from .open_session import template_of

TAKE_OVER_S = 20.0
_LOOK_EVERY_S = 0.02


def be_host(apps: list[HostedApp], *, ready: Callable[[], None]) -> None:
    """Host until a signal, with the templates of these apps warm.

    A host that was started on first use makes way, and its sessions end. Raises AlreadyRuns where one runs
    that was started to stay.
    """
    deadline = time.monotonic() + TAKE_OVER_S
    while True:
        try:
            run_host(host_folder(), while_used=False, warm=map(template_of, apps), ready=ready)
            return
        except AlreadyRuns:
            if _stays() or time.monotonic() > deadline:
                raise
        time.sleep(_LOOK_EVERY_S)


def _stays() -> bool:
    """Ask the host to leave; one that does not answer any more, or not yet, may still."""
    with suppress(NoHost):
        answer = ask_running_host("leave")
        return answer is not None and not answer["leaves"]
    return False
