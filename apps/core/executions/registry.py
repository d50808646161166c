"""``task``: the functions that workers run, and how they are wished for."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, overload

from asgiref.sync import sync_to_async

from ..registry import Entry, Registry
from .arguments import Parameters
from .options import Priority, check_options

if TYPE_CHECKING:
    from ..models import TaskRun

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, kw_only=True)
class Task(Entry, Generic[P, R]):
    """A function that workers may run; called like the function, it runs here and now.

    What is None is taken from the settings when a run is made. ``timeout_s``: how long one attempt may
    take. ``max_attempts``: how often the function may be started when it fails; the pause after the
    first failure is ``retry_delay_s``, and doubles. ``at_most_once``: never start it again when its
    worker died; the run is LOST then. ``memory_mb``: how much address space a call may take.
    """

    function: Callable[P, R]
    timeout_s: float | None = None
    max_attempts: int | None = None
    retry_delay_s: float | None = None
    at_most_once: bool = False
    memory_mb: int | None = None
    priority: Priority = "normal"
    run_after: datetime | timedelta | None = None
    key: str | None = None
    owner: Any = None
    because: str = ""

    def __post_init__(self) -> None:
        check_options(self)

    def __call__(self, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.function(*args, **kwargs)

    @cached_property
    def parameters(self) -> Parameters:
        return Parameters(self.function)

    def using(
        self,
        *,
        run_after: datetime | timedelta | None = None,
        priority: Priority | None = None,
        key: str | None = None,
        owner: Any = None,
        because: str | None = None,
        timeout_s: float | None = None,
        max_attempts: int | None = None,
    ) -> Task[P, R]:
        """Return the task with these wishes for the runs that are enqueued through it.

        ``run_after``: not before this moment, or this long from now. ``key``: your own name for the run,
        up to 200 characters; while one of this task and key is kept, enqueueing gives that one.
        ``owner``: a user. ``because``: for people who read the list of runs. Raises BadArguments.
        """
        wishes = {
            "run_after": run_after, "priority": priority, "key": key, "owner": owner, "because": because,
            "timeout_s": timeout_s, "max_attempts": max_attempts,
        }  # fmt: skip
        return dataclasses.replace(self, **{name: wish for name, wish in wishes.items() if wish is not None})

    def enqueue(self, /, *args: Any, **kwargs: Any) -> TaskRun:
        """Have a worker run it with these arguments, once the current transaction has committed.

        The arguments must be JSON, or what msgspec makes JSON of and the annotations make of it again.
        Raises BadArguments.
        """
        from .enqueue import enqueue

        return enqueue(self, [self.parameters.bind(args, kwargs)])[0]

    async def aenqueue(self, /, *args: Any, **kwargs: Any) -> TaskRun:
        """Do what ``enqueue`` does, from a coroutine."""
        return await sync_to_async(self.enqueue)(*args, **kwargs)

    def enqueue_many(self, calls: Iterable[Mapping[str, Any]]) -> list[TaskRun]:
        """Enqueue one run for each of these keyword arguments, all or none. Raises BadArguments."""
        from .enqueue import enqueue

        return enqueue(self, [self.parameters.bind((), call) for call in calls])


tasks: Registry[Task[Any, Any]] = Registry("task")


@overload
def task(function: Callable[P, R], /) -> Task[P, R]: ...
@overload
def task(
    *,
    name: str = "",
    timeout_s: float | None = None,
    max_attempts: int | None = None,
    retry_delay_s: float | None = None,
    at_most_once: bool = False,
    memory_mb: int | None = None,
    priority: Priority = "normal",
) -> Callable[[Callable[P, R]], Task[P, R]]: ...
def task(
    function: Callable[P, R] | None = None,
    /,
    *,
    name: str = "",
    timeout_s: float | None = None,
    max_attempts: int | None = None,
    retry_delay_s: float | None = None,
    at_most_once: bool = False,
    memory_mb: int | None = None,
    priority: Priority = "normal",
) -> Task[P, R] | Callable[[Callable[P, R]], Task[P, R]]:
    """Let workers run the function; the options are those of ``Task``.

    The name is the module and the qualified name unless given. Raises AlreadyRegistered, BadArguments.
    """

    def register(function: Callable[P, R]) -> Task[P, R]:
        path = f"{function.__module__}.{function.__qualname__}"
        made = Task(
            name=name or path,
            origin=path,
            function=function,
            timeout_s=timeout_s,
            max_attempts=max_attempts,
            retry_delay_s=retry_delay_s,
            at_most_once=at_most_once,
            memory_mb=memory_mb,
            priority=priority,
        )
        tasks.register(made)
        return made

    return register if function is None else register(function)
