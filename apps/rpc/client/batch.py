"""Several calls in one message, answered together."""

from __future__ import annotations

from typing import Any

from .exceptions import ClientError
from .wire import Params, request_of

MOST_CALLS = 100


class Answer:
    """The answer to one call of a batch."""

    def __init__(self) -> None:
        self._settled = False
        self._result: Any = None
        self._error: BaseException | None = None

    def result(self) -> Any:
        """Return the result. Raises the call's error, or RuntimeError before the batch has ended."""
        if not self._settled:
            raise RuntimeError("The batch was not sent yet; its answers are there after the 'with' block.")
        if self._error is not None:
            raise self._error
        return self._result

    def settle(self, result: Any) -> None:
        self._settled = True
        if isinstance(result, BaseException):
            self._error = result
        else:
            self._result = result


class Batch:
    """Collects at most 100 calls, which the server runs in this order when the ``with`` block ends.

    A call that fails fails alone; it is told by its ``result()``.
    """

    def __init__(self) -> None:
        self.requests: list[tuple[str, Params, Answer | None]] = []

    def call(self, path: str, /, *args: Any, **kwargs: Any) -> Answer:
        """Add a call."""
        answer = Answer()
        self._add(path, args, kwargs, answer)
        return answer

    def notify(self, path: str, /, *args: Any, **kwargs: Any) -> None:
        """Add a call whose answer nobody wants."""
        self._add(path, args, kwargs, None)

    def _add(self, path: str, args: tuple[Any, ...], kwargs: dict[str, Any], answer: Answer | None) -> None:
        if len(self.requests) >= MOST_CALLS:
            raise ClientError(f"A batch may have {MOST_CALLS} calls; begin another one.")
        method, params = request_of(path, args, kwargs)
        self.requests.append((method, params, answer))
