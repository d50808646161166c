"""Run the host: ``python -m smallweb.sessions.host FOLDER``, without a site, for as long as it is used."""

from __future__ import annotations

import asyncio
import gc
import logging
import resource
import signal
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from ...core import local_socket
from ..exceptions import AppNotReady
from .keeper import Keeper
from .server import Server
from .spec import TemplateSpec

logger = logging.getLogger(__name__)

FIRST_CLIENT_S = 5.0
LINGER_S = 0.5
SOCKET = "host"
LOCK = "lock"


def run_host(
    folder: Path,
    *,
    while_used: bool,
    warm: Iterable[TemplateSpec] = (),
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Be the host of this private folder until a signal, or, ``while_used``, until no web process is left.

    Raises AlreadyRuns.
    """
    _allow_many_files()
    with local_socket.only_one(folder / LOCK, "app host"):
        asyncio.run(_serve(folder, while_used=while_used, warm=list(warm), ready=ready))


async def _serve(
    folder: Path, *, while_used: bool, warm: list[TemplateSpec], ready: Callable[[], None]
) -> None:
    keeper = Keeper(folder)
    server = Server(keeper, linger_s=LINGER_S if while_used else None, first_s=FIRST_CLIENT_S)
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signum, server.stopped.set)
    warming = asyncio.ensure_future(_warm_up(keeper, warm))
    gc.freeze()
    await server.run(folder / SOCKET, local_socket.listen, ready)
    warming.cancel()
    with suppress(asyncio.CancelledError):
        await warming


async def _warm_up(keeper: Keeper, specs: list[TemplateSpec]) -> None:
    for spec in specs:
        try:
            await keeper.template(spec)
        except AppNotReady as error:
            logger.error("app=%s cannot be started: %s", spec.target, error)


def _allow_many_files() -> None:
    """Each session takes three descriptors, and a few more while it starts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
