"""The decorators above methods of controllers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, overload

from ..core.executions.options import Priority
from .exceptions import CannotDispatch
from .options import Options, options

F = TypeVar("F", bound=Callable[..., Any])

_NAME = "smallweb_dispatch_marks"


@dataclass(frozen=True, kw_only=True)
class Marks:
    """What stands above a method. ``task``: the options of its runs when it is work for the background."""

    options: Options = field(default_factory=Options)
    is_private: bool = False
    task: dict[str, Any] | None = None


def marks_of(function: Callable[..., Any]) -> Marks:
    """Return what stands above a function."""
    found = inspect.getattr_static(function, _NAME, None)
    return found if isinstance(found, Marks) else Marks()


def endpoint(
    *,
    access: Any = None,
    methods: Iterable[str] | None = None,
    html: bool | None = None,
    timeout_s: float | None = None,
    cors: Iterable[str] | None = None,
    per_minute: float | None = None,
) -> Callable[[F], F]:
    """Give a method options of its own (those of ``Options``). Raises CannotDispatch, BadAccessRule."""
    given = options(
        access=access, methods=methods, html=html, timeout_s=timeout_s, cors=cors, per_minute=per_minute
    )
    return lambda function: _mark(function, options=given.over(marks_of(function).options))


def safe(function: F) -> F:
    """Let a GET reach the method: it changes nothing, so that links, crawlers and other sites may call it."""
    return _mark(function, options=options(safe=True).over(marks_of(function).options))


def html(function: F) -> F:
    """Send the str that the method returns as text/html."""
    return _mark(function, options=options(html=True).over(marks_of(function).options))


def private(function: F) -> F:
    """Keep the method from being an endpoint; ``self.start`` may still run it in the background."""
    return _mark(function, is_private=True)


@overload
def task(function: F, /) -> F: ...
@overload
def task(
    *,
    timeout_s: float | None = None,
    max_attempts: int | None = None,
    retry_delay_s: float | None = None,
    at_most_once: bool = False,
    memory_mb: int | None = None,
    priority: Priority = "normal",
) -> Callable[[F], F]: ...
def task(function: Any = None, /, **wishes: Any) -> Any:
    """Run the method in a worker: a request is answered at once, with the address of its status.

    The options are those of core's ``task``.
    """
    if function is None:
        return lambda function: _mark(function, task=wishes)
    return _mark(function, task={})


def _mark(function: F, **changes: Any) -> F:
    if not inspect.isfunction(function):
        raise CannotDispatch(f"{function!r} is no function; the decorators of dispatch go above 'def'.")
    setattr(function, _NAME, replace(marks_of(function), **changes))
    return function
