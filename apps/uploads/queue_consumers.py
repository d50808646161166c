"""``consumer``: the functions that take what waits in queues."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ..core.registry import Entry, Registry
from .exceptions import CannotUpload
from .queues import Queue
from .queues import queue as named

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, kw_only=True, eq=False)
class Consumer(Entry):
    """A function ``f(q, *args, **kwargs)`` that runs in processes of its own; named as its queue is."""

    function: Callable[..., Any]
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    processes: int = 1
    max_attempts: int = 5

    @property
    def queue(self) -> Queue:
        return Queue(self.name)

    @property
    def is_async(self) -> bool:
        return inspect.iscoroutinefunction(self.function)

    def call(self) -> Any:
        return self.function(self.queue, *self.args, **self.kwargs)


consumers: Registry[Consumer] = Registry("consumer")


def consumer(
    queue: Queue | str,
    *,
    args: Iterable[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    processes: int = 1,
    max_attempts: int = 5,
) -> Callable[[F], F]:
    """Have the function take what waits in the queue, for as long as workers run.

    ``processes``: how many of it run on each machine. ``max_attempts``: how often an item is begun before
    it counts as failed. Raises CannotUpload, AlreadyRegistered.
    """

    def register(function: F) -> F:
        made = Consumer(
            name=(queue if isinstance(queue, Queue) else named(queue)).name,
            origin=f"{function.__module__}.{function.__qualname__}",
            function=function,
            args=_arguments(args),
            kwargs=dict(kwargs or {}),
            processes=_count("processes", processes),
            max_attempts=_count("max_attempts", max_attempts),
        )
        _require_parameters(made)
        consumers.register(made)
        return function

    return register


def _arguments(args: Iterable[Any]) -> tuple[Any, ...]:
    if isinstance(args, str | bytes) or not isinstance(args, Iterable):
        raise CannotUpload(f"args is {args!r}; it must be a tuple or a list, for one argument ({args!r},).")
    return tuple(args)


def _count(option: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise CannotUpload(f"{option} is {value!r}; it must be a whole number over 0.")
    return value


def _require_parameters(made: Consumer) -> None:
    try:
        inspect.signature(made.function).bind(made.queue, *made.args, **made.kwargs)
    except TypeError as error:
        raise CannotUpload(
            f"{made.origin} cannot be called as a consumer, f(q) with its args and kwargs: {error}."
        ) from error
