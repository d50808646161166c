"""Take a request whose body is one file."""

from __future__ import annotations

from django.http import HttpRequest

from ...core.http.body import ClientGone
from ...core.socket.pool import in_pool
from .budget import Budget
from .incoming import Incoming
from .receive import feed_all, watched

_NOTE_BYTES = 2**20


async def receive_file(request: HttpRequest, incoming: Incoming, budget: Budget) -> None:
    """Return when the body has come whole and lies on the disk.

    Raises UploadError, ClientGone; then nothing is left of it, and the upload's row, if there is one, has
    ended.
    """
    noted_bytes = 0

    def feed(block: bytes) -> None:
        nonlocal noted_bytes
        incoming.write(block)
        if incoming.size_bytes - noted_bytes >= _NOTE_BYTES:
            noted_bytes = incoming.size_bytes
            budget.note(noted_bytes)

    try:
        await watched(feed_all(request, feed), budget)
        await in_pool(lambda: _finish(incoming, budget))
    except BaseException as error:
        fault = error  # its name ends with the block
        await in_pool(lambda: _abandon(incoming, budget, fault))
        raise


def _finish(incoming: Incoming, budget: Budget) -> None:
    wanted = budget.upload.length_bytes
    if wanted is not None and incoming.size_bytes != wanted:
        raise ClientGone
    incoming.close()
    budget.settle(incoming.size_bytes)
    incoming.to_disk()


def _abandon(incoming: Incoming, budget: Budget, error: BaseException) -> None:
    incoming.discard()
    budget.abandon(error)
