"""``rpc.auth``: say on an open socket who it is."""

from __future__ import annotations

import msgspec

from .methods import socket_method
from .peer import Peer


class Auth(msgspec.Struct, forbid_unknown_fields=True):
    token: str


@socket_method("rpc.auth")
async def auth(peer: Peer, params: Auth) -> dict[str, str]:
    """Go on as the user of this token; the answer names them."""
    return {"user": await peer.authenticate(params.token)}
