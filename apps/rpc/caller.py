"""Who calls, as a served function sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.socket.protocol import notification_text

if TYPE_CHECKING:
    from ..core.socket.calls import Call


class Caller:
    """A parameter with this annotation is filled by the server: ``def greet(self, caller: Caller)``."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._progress: list[Any] = []

    @property
    def user(self) -> Any:
        """The Django user, AnonymousUser for a visitor, as last looked up in the database."""
        return self._call.peer.rights.actor.user

    @property
    def is_cancelled(self) -> bool:
        """Whether nobody waits for the answer any more: cancelled, too late, or the line broke."""
        return self._call.is_over

    def progress(self, value: Any) -> None:
        """Tell the caller how far it is, by ``$/progress``. Of several values at once the last one is sent.

        Raises TypeError for what is no JSON. Callable in any thread.
        """
        text = notification_text("$/progress", {"token": self._call.request.id, "value": {"progress": value}})
        is_told = bool(self._progress)
        self._progress[:] = [text]
        if not is_told:
            self._call.peer.loop.call_soon_threadsafe(self._tell)

    def _tell(self) -> None:
        text = self._progress.pop()
        if not self._call.is_over:
            self._call.peer.tell(text)
