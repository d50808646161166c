"""May this actor do this on this channel? The one gate for clients of channels."""

from __future__ import annotations

from ..access import Actor, require_access
from ..exceptions import AccessDenied
from .namespaces import Namespace


def require_channel_access(actor: Actor, namespace: Namespace, verb: str, channel: str) -> None:
    """Return when the actor may do ``verb`` on the channel or filter; else raise AccessDenied."""
    require_access(actor, namespace, verb)
    require_own(namespace, verb, channel, getattr(actor.user, "pk", None))


def require_own(namespace: Namespace, verb: str, channel: str, user_id: object) -> None:
    """Return unless the channel is another user's own. Raises AccessDenied."""
    if namespace.narrowed(channel, user_id) is None:
        raise AccessDenied(f"{channel!r} is another user's own; only they may {verb} there.")
