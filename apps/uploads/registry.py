"""``handler`` and ``folder``: the functions that get text and files, and the places that keep files."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from ..core.access import rule_text
from ..core.executions import Task, tasks
from ..core.registry import Entry, Registry
from .conf import uploads_settings
from .exceptions import CannotUpload
from .kinds import parse_accept
from .path_rules import parse_rule

if TYPE_CHECKING:
    from .queues import Queue

F = TypeVar("F", bound=Callable[..., Any])

TASK_PREFIX = "uploads:"
Q = "q"
USER = "user"
# Names that addresses below the suite's own would hide.
_RESERVED = ("resumable", "status", "folders", "files")


@dataclass(frozen=True, kw_only=True, eq=False)
class Handler(Entry):
    """A function that is called with ``text`` and ``files`` of an upload; None leaves it to the settings.

    ``folder``: where the files are kept; without one they are there for the call alone. ``lists``: names of
    fields that are lists of all their values (True: each field is); of others the first value counts.
    ``background``: a worker calls it. ``queue``: given to a parameter ``q``. A parameter ``user`` gets the
    user who sends.
    """

    function: Callable[..., Any]
    access: str = ""
    accept: tuple[str, ...] = ()
    max_bytes: int | None = None
    max_files: int | None = None
    folder: str = ""
    background: bool = False
    lists: bool | tuple[str, ...] = False
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    queue: Queue | None = None
    timeout_s: float | None = None
    cors: tuple[str, ...] | None = None
    per_minute: float | None = None

    @cached_property
    def is_async(self) -> bool:
        return inspect.iscoroutinefunction(self.function)

    @property
    def task_name(self) -> str:
        """The name of the core task by which workers call it."""
        return TASK_PREFIX + self.name

    def call(self, text: dict[str, Any], files: list[Any], *, user: Any) -> Any:
        """Call the function, with ``q`` first where that is its first parameter."""
        args, kwargs = self.arguments(text, files, user=user)
        return self.function(*args, **kwargs)

    def arguments(self, text: Any, files: Any, *, user: Any) -> tuple[list[Any], dict[str, Any]]:
        """Return what the function is called with."""
        args, kwargs = [text, files, *self.args], dict(self.kwargs)
        if self.queue is not None and self._parameters[:1] == [Q]:
            args.insert(0, self.queue)
        elif self.queue is not None:
            kwargs[Q] = self.queue
        if USER in self._parameters[len(args) :]:
            kwargs.setdefault(USER, user)
        return args, kwargs

    @cached_property
    def _parameters(self) -> list[str]:
        return list(inspect.signature(self.function).parameters)


@dataclass(frozen=True, kw_only=True, eq=False)
class Folder(Entry):
    """What the code says of a folder; the fields are those of its row ``UploadFolder``."""

    root: str = ""
    access: str = ""
    read_access: str = ""
    list_access: str = ""
    delete_access: str = ""
    owner_only: bool = False
    accept: tuple[str, ...] = ()
    create_rules: tuple[str, ...] = ()
    overwrite_rules: tuple[str, ...] = ()
    max_bytes: int | None = None
    quota_bytes: int | None = None
    keep_days: float | None = None


handlers: Registry[Handler] = Registry("upload handler")
folders: Registry[Folder] = Registry("upload folder")


def handler(
    name: str,
    *,
    access: Any = "",
    accept: Iterable[str] = (),
    max_bytes: int | None = None,
    max_files: int | None = None,
    folder: str = "",
    background: bool = False,
    lists: bool | Iterable[str] = False,
    args: tuple[Any, ...] = (),
    kwargs: Mapping[str, Any] | None = None,
    queue: Queue | None = None,
    timeout_s: float | None = None,
    cors: Iterable[str] | None = None,
    per_minute: float | None = None,
) -> Callable[[F], F]:
    """Let the function get what is sent to ``uploads/<name>``; the options are those of ``Handler``.

    Raises CannotUpload, BadRule, BadAccessRule, AlreadyRegistered.
    """

    def register(function: F) -> F:
        made = Handler(
            name=name,
            origin=f"{function.__module__}.{function.__qualname__}",
            function=function,
            access=rule_text(access) if access else "",
            accept=_accept(accept),
            max_bytes=_positive("max_bytes", max_bytes),
            max_files=_positive("max_files", max_files),
            folder=folder,
            background=background,
            lists=lists if isinstance(lists, bool) else tuple(lists),
            args=tuple(args),
            kwargs=dict(kwargs or {}),
            queue=queue,
            timeout_s=_positive("timeout_s", timeout_s),
            cors=None if cors is None else tuple(cors),
            per_minute=_positive("per_minute", per_minute),
        )
        require_name("handler", name)
        _require_parameters(made)
        handlers.register(made)
        tasks.register(_task_of(made))
        return function

    return register


def folder(
    name: str,
    *,
    root: str = "",
    access: Any = "",
    read_access: Any = "",
    list_access: Any = "",
    delete_access: Any = "",
    owner_only: bool = False,
    accept: Iterable[str] = (),
    create: Iterable[str] = (),
    overwrite: Iterable[str] = (),
    max_bytes: int | None = None,
    quota_bytes: int | None = None,
    keep_days: float | None = None,
) -> Folder:
    """Have a folder at ``uploads/folders/<name>/``; ``create`` and ``overwrite`` are rules of paths.

    Raises CannotUpload, BadRule, BadAccessRule, AlreadyRegistered.
    """
    require_name("folder", name)
    rules = {
        "access": access, "read_access": read_access, "list_access": list_access,
        "delete_access": delete_access,
    }  # fmt: skip
    made = Folder(
        name=name,
        origin=_caller_module(),
        root=root,
        owner_only=owner_only,
        accept=_accept(accept),
        create_rules=_paths("create", create),
        overwrite_rules=_paths("overwrite", overwrite),
        max_bytes=_positive("max_bytes", max_bytes),
        quota_bytes=_positive("quota_bytes", quota_bytes),
        keep_days=_positive("keep_days", keep_days),
        **{key: rule_text(rule) if rule else "" for key, rule in rules.items()},
    )
    return folders.register(made)


def default_root() -> str:
    """Return the name of the root for those that name none."""
    return next(iter(uploads_settings().roots), "")


def _task_of(made: Handler) -> Task[Any, Any]:
    from .background import runner_of

    return Task(name=made.task_name, origin=made.origin, function=runner_of(made), timeout_s=made.timeout_s)


def _caller_module() -> str:
    frame = inspect.currentframe()
    outer = frame.f_back.f_back if frame is not None and frame.f_back is not None else None
    return str(outer.f_globals.get("__name__", "")) if outer is not None else ""


def require_name(what: str, name: str) -> None:
    """Raise CannotUpload for a name that no address can have."""
    is_fit = 1 <= len(name) <= 100 and name.replace("-", "_").isidentifier()
    if not is_fit or name in _RESERVED:
        raise CannotUpload(
            f"The {what} is called {name!r:.120}; a name has letters, digits, _ and -, begins with a letter, "
            f"and is none of {', '.join(_RESERVED)}."
        )


def _require_parameters(made: Handler) -> None:
    args, kwargs = made.arguments(None, None, user=None)
    try:
        inspect.signature(made.function).bind(*args, **kwargs)
    except TypeError as error:
        raise CannotUpload(
            f"{made.origin} cannot be called as a handler of uploads, f(text, data) with its args, kwargs "
            f"and queue: {error}."
        ) from error


def _accept(rules: Iterable[str]) -> tuple[str, ...]:
    if isinstance(rules, str):
        raise CannotUpload(f"accept is {rules!r}; it must be a list of rules.")
    for rule in rules:
        parse_accept(rule)
    return tuple(rules)


def _paths(option: str, rules: Iterable[str]) -> tuple[str, ...]:
    if isinstance(rules, str):
        raise CannotUpload(f"{option} is {rules!r}; it must be a list of rules.")
    for rule in rules:
        parse_rule(rule)
    return tuple(rules)


N = TypeVar("N", int, float)


def _positive(option: str, value: N | None) -> N | None:
    if value is not None and not value > 0:
        raise CannotUpload(f"{option} is {value!r}; it must be a number over 0.")
    return value
