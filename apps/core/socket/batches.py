"""The requests of one message, answered together."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import UNSET

from .protocol import Fault, Frame, Request, RpcError, batch_text, error_text

if TYPE_CHECKING:
    from .calls import Afterwards
    from .peer import Peer


class Batch:
    """Runs one request after the other; ``answered`` gets the text of all answers, None if there is none."""

    def __init__(
        self,
        peer: Peer,
        entries: list[Request | Fault],
        answered: Callable[[str | None, Afterwards | None], None],
    ) -> None:
        self._peer = peer
        self._left = deque(entries)
        self._answered = answered
        self._texts: list[str] = []
        self._afterwards: list[Afterwards] = []
        self._is_waiting = False
        self._is_going = False

    def go(self) -> None:
        """Serve what is left, until something has to be waited for."""
        if self._is_going:
            return
        self._is_going = True
        while self._left and not self._is_waiting and not self._peer.is_closed:
            self._serve(self._left.popleft())
        self._is_going = False
        if not self._left and not self._is_waiting:
            self._answered(batch_text(self._texts) if self._texts else None, self._do_afterwards)

    def _serve(self, entry: Request | Fault) -> None:
        if isinstance(entry, Fault):
            self._texts.append(error_text(UNSET, entry.error))
            return
        self._is_waiting = True
        self._peer.begin(entry, self._take, now=time.monotonic())

    def _take(self, text: str | None, afterwards: Afterwards | None) -> None:
        self._is_waiting = False
        if text is not None:
            self._texts.append(text)
        if afterwards is not None:
            self._afterwards.append(afterwards)
        self.go()

    def _do_afterwards(self) -> None:
        for call in self._afterwards:
            call()


def refusal_text(frame: Frame, refusal: RpcError | None) -> str | None:
    """Return the answer to a message of which nothing is served; None when it asks for none.

    Without a ``refusal`` only what is no request is answered.
    """
    answers = []
    for entry in frame.entries:
        if isinstance(entry, Fault):
            answers.append(error_text(UNSET, entry.error))
        elif refusal is not None and not entry.is_notification:
            answers.append(error_text(entry.id, refusal))
    if not answers:
        return None
    return batch_text(answers) if frame.is_batch else answers[0]
