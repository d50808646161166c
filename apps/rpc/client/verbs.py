"""What can be asked of a site, once for the asynchronous and the synchronous client."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .events import Position
from .wire import Params, request_of


class Verbs:
    """Each method returns the answer; in the asynchronous client, what is to be awaited for it.

    Raises RpcError if the server answers so, and ConnectionLost if there is no answer.
    """

    def _ask(
        self,
        method: str,
        params: Params,
        *,
        timeout_s: float | None = None,
        progress: Callable[[Any], None] | None = None,
    ) -> Any:
        raise NotImplementedError

    def call(
        self,
        path: str,
        /,
        *args: Any,
        timeout_s: float | None = None,
        start_within_s: float | None = None,
        progress: Callable[[Any], None] | None = None,
        **kwargs: Any,
    ) -> Any:
        """Call a method and return its result.

        After ``timeout_s`` the server is told to cancel it, and CallTimedOut raised. A call that waited
        longer than ``start_within_s`` for its turn is not started (Expired). ``progress`` hears its reports.
        A method whose own arguments have these names is called through ``objects``.
        """
        method, params = request_of(path, args, kwargs, start_within_s=start_within_s)
        return self._ask(method, params, timeout_s=timeout_s, progress=progress)

    def apply(self, path: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Call a method with arguments of whatever names."""
        return self._ask(*request_of(path, args, kwargs))

    def get(self, path: str) -> Any:
        """Return an attribute's value."""
        return self._ask("rpc.get", {"path": path})

    def set(self, path: str, value: Any) -> Any:
        """Set an attribute."""
        return self._ask("rpc.set", {"path": path, "value": value})

    def delete(self, path: str) -> Any:
        """Delete an attribute."""
        return self._ask("rpc.delete", {"path": path})

    def publish(self, channel: str, data: Any) -> Any:
        """Publish on a channel; returns its place, ``{"epoch": str, "offset": int}``."""
        return self._ask("rpc.publish", {"channel": channel, "data": data})

    def describe(self, path: str | None = None) -> Any:
        """Return what this caller may use: ``{"objects": {name: node}}``, or the node of a path."""
        return self._ask("rpc.describe", {} if path is None else {"path": path})

    def history(self, channel: str, *, since: Position | None = None, limit: int | None = None) -> Any:
        """Return where a channel stands and what it keeps: ``{"epoch", "offset", "publications": [...]}``."""
        params = {"channel": channel, "since": since, "limit": limit}
        return self._ask("rpc.history", {name: value for name, value in params.items() if value is not None})

    def presence(self, channel: str) -> Any:
        """Return who listens: ``{"clients": [{"client": id, "user": name or None}]}``."""
        return self._ask("rpc.presence", {"channel": channel})

    def channels(self, filter_: str | None = None) -> Any:
        """Return the names of the channels that this caller may hear."""
        return self._ask("rpc.channels", {} if filter_ is None else {"filter": filter_})
