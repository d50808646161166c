"""Functions, pages and jobs that the code declares."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar

from ..core.registry import Entry, Registry
from .conf import periodic_settings
from .exceptions import ScheduleError
from .schedule import parse_every

F = TypeVar("F", bound=Callable[..., Any])

Kind = Literal["text", "html", "style", "attribute"]
CONTEXT = "context"


@dataclass(frozen=True, kw_only=True)
class FunctionEntry(Entry):
    """A function that jobs may name; ``name`` is its module and qualified name."""

    function: Callable[..., Any]

    @property
    def signature(self) -> inspect.Signature | None:
        """None for a function written in C that does not tell."""
        try:
            return inspect.signature(self.function)
        except ValueError:
            return None

    @cached_property
    def takes_context(self) -> bool:
        return self.signature is not None and CONTEXT in self.signature.parameters

    @property
    def summary(self) -> str:
        """The first line of the docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]


@dataclass(frozen=True, kw_only=True)
class PageEntry(Entry):
    """How a page is written; ``name`` is its URL path without the leading slash."""

    allow_partial: bool = True
    mode: Literal["splice", "rewrite"] = "splice"


@dataclass(frozen=True, kw_only=True)
class JobEntry(Entry):
    """A job of the code. ``page`` is a page name or the absolute path of a file of a site."""

    page: str | Path
    function: str
    values: Mapping[str, Any] = field(default_factory=dict)


functions: Registry[FunctionEntry] = Registry("function")
pages: Registry[PageEntry] = Registry("page")
jobs: Registry[JobEntry] = Registry("job")


def job_function(function: F) -> F:
    """Let rows made in the admin name this function, without declaring a job for it here."""
    _register_function(function)
    return function


def page(name: str, *, allow_partial: bool = True, mode: Literal["splice", "rewrite"] = "splice") -> None:
    """Say how a page is written.

    ``allow_partial=False``: when one function of a pass fails, none of its values is written.
    ``mode="rewrite"``: the whole page is parsed and serialised anew by BeautifulSoup, for pages whose
    markup the exact splice refuses.
    """
    pages.register(PageEntry(name=name, origin=f"page({name!r})", allow_partial=allow_partial, mode=mode))


def job(
    page: str | Path,
    *,
    tag_id: str,
    every: str | int | timedelta | None = None,
    cron: str = "",
    kind: Kind = "text",
    attribute: str = "",
    kwargs: Mapping[str, Any] | None = None,
    name: str = "",
    time_zone: str = "",
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    jitter_s: float = 0.0,
    catch_up: Literal["skip", "once", "all"] | None = None,
    timeout_s: float | None = None,
    retries: int = 0,
    on_error: str = "",
    replace_style: bool = False,
    force: bool = False,
    enabled: bool = True,
    keep_runs: int | None = None,
    alert_after: int | None = None,
) -> Callable[[F], F]:
    """Run the function when it is due and put its value into the tag; may be stacked for more tags.

    ``every``: "10s", "5m", "1h30m", "1d", "1mo", minutes as an int, or a timedelta; one minute when
    neither it nor ``cron`` is given (both are refused). ``kind``: the value is the text of the tag, its
    HTML, declarations of its style (a dict), or the value of ``attribute``. A function with a parameter
    ``context`` gets a JobContext. ``on_error``: what the tag shows once a run has failed for good; empty
    keeps the last value. Raises ScheduleError for an interval that cannot be read, AlreadyRegistered for
    a second job of the same name; the name is ``page#tag_id`` unless given. The system checks look at the
    other arguments.
    """
    settings = periodic_settings()
    values = {
        "tag_id": tag_id,
        "kind": kind,
        "attribute": attribute,
        "kwargs": dict(kwargs or {}),
        "every": _interval(every, cron),
        "cron": cron,
        "time_zone": time_zone,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "jitter_s": jitter_s,
        "catch_up": catch_up or settings.catch_up,
        "timeout_s": settings.timeout_s if timeout_s is None else timeout_s,
        "retries": retries,
        "on_error": on_error,
        "replace_style": replace_style,
        "force": force,
        "enabled": enabled,
        "keep_runs": settings.keep_runs if keep_runs is None else keep_runs,
        "alert_after": settings.alert_after if alert_after is None else alert_after,
    }

    own_name = name or job_name(str(page), tag_id, kind, attribute)

    def register(function: F) -> F:
        called = _register_function(function).name
        jobs.register(JobEntry(name=own_name, origin=called, page=page, function=called, values=values))
        return function

    return register


def _interval(every: str | int | timedelta | None, cron: str) -> str:
    if cron and every is not None:
        raise ScheduleError(f"A job has the interval {every!r} and the cron line {cron!r}; give one of them.")
    return "" if cron else str(parse_every(1 if every is None else every))


def job_name(page: str, tag_id: str, kind: str, attribute: str) -> str:
    """Return what a job is called that was given no name: ``index.html#bar``, ``index.html#bar@style``."""
    changes = {"style": "@style", "attribute": f"@{attribute}"}.get(kind, "")
    return f"{page}#{tag_id}{changes}"


def _register_function(function: Callable[..., Any]) -> FunctionEntry:
    try:
        name = f"{function.__module__}.{function.__qualname__}"
    except AttributeError:
        raise TypeError(f"{function!r} has no name of its own; write a function with def.") from None
    if name in functions and functions.get(name).function == function:
        return functions.get(name)
    return functions.register(FunctionEntry(name=name, origin=name, function=function))
