"""The rights of a peer on channels, asked anew for each call."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ..channels.namespace_rows import namespace_rows
from ..channels.namespaces import Namespace, namespace_of
from .protocol import CloseCode, ErrorCode, RpcError

if TYPE_CHECKING:
    from .peer import Peer


async def require_right(peer: Peer, verb: str, channel: str) -> Namespace:
    """Return the namespace of the channel or filter if the peer may do the verb there.

    Raises UnknownNamespace, AccessDenied, and RpcError for a peer whose session has ended.
    """
    await ensure_fresh_namespaces()
    namespace = namespace_of(channel)
    if not await peer.rights.require(namespace, verb, channel):
        peer.close(CloseCode.SESSION_ENDED)
        raise RpcError(ErrorCode.REFUSED, "The session has ended; log in again.")
    return namespace


async def ensure_fresh_namespaces() -> None:
    """See that what operators changed more than a second ago counts."""
    if namespace_rows.is_due():
        await asyncio.to_thread(namespace_rows.ensure_fresh)
