"""What URLs reach: the methods of controllers, by their path."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..core.describe import item_type
from ..core.executions import Task, tasks
from ..core.registry import Entry, Registry
from .conf import dispatch_settings
from .controller import Controller
from .exceptions import CannotDispatch
from .marks import marks_of
from .options import Method, Options
from .parameters import Parameters
from .signature import parameters_of

INDEX = "index"
TASK_PREFIX = "dispatch:"


@dataclass(frozen=True, kw_only=True, eq=False)
class Endpoint(Entry):
    """``name`` is the path: ``<folders>/<library>/<Class>/<method>``. ``is_public``: a URL reaches it; others
    run in the background alone. ``options`` are the method's own over those of its class.
    """

    controller: type[Controller]
    function: Callable[..., Any]
    parameters: Parameters
    options: Options
    own_access: str = ""
    is_public: bool = True
    is_task: bool = False
    is_async: bool = False

    @property
    def method_name(self) -> str:
        return self.function.__name__

    @property
    def class_name(self) -> str:
        """The path of the class, which is that of its ``index`` method, too."""
        return self.name.rpartition("/")[0]

    @property
    def methods(self) -> tuple[Method, ...]:
        """The methods of HTTP that reach it: a GET only what is marked safe, or is an index."""
        return self.options.methods or (("GET", "POST") if self.method_name == INDEX else ("POST",))

    @cached_property
    def wants_user(self) -> bool:
        """Whether it may ask who the user is before a thread is there that could look."""
        return bool(self.is_async or self.parameters.injected or self.options.per_minute)

    @cached_property
    def item(self) -> Any:
        """The type of what a generator yields, Any where its annotation says nothing."""
        return item_type(self.function)

    @property
    def task_name(self) -> str:
        """The name of the core task by which workers run it."""
        return TASK_PREFIX + self.name

    @property
    def timeout_s(self) -> float:
        return self.options.timeout_s or dispatch_settings().timeout_s

    @property
    def cors(self) -> tuple[str, ...]:
        return dispatch_settings().cors if self.options.cors is None else self.options.cors


endpoints: Registry[Endpoint] = Registry("method of a controller")


def route(path: str) -> Endpoint | None:
    """Return what this path reaches; None for nothing.

    A class is its ``index``, the root ``index/index/index``. The path comes from strangers: it is a key and
    nothing else.
    """
    if not path:
        path = f"{INDEX}/{INDEX}"
    found = endpoints.find(path) or endpoints.find(f"{path}/{INDEX}")
    return found if found is not None and found.is_public else None


def register_controller(controller: type[Controller], *, library: str) -> list[Endpoint]:
    """Register the functions of the class's body under ``<library>/<Class>/``; ``library`` has the folders.

    Raises CannotDispatch, AlreadyRegistered.
    """
    _require_no_arguments(controller)
    made = [
        _make(controller, function, f"{library}/{controller.__name__}/{name}")
        for name, function in vars(controller).items()
        if _is_own(controller, name, function)
    ]
    for endpoint in made:
        endpoints.register(endpoint)
        tasks.register(_task_of(endpoint))
    return made


def _make(controller: type[Controller], function: Callable[..., Any], path: str) -> Endpoint:
    marks = marks_of(function)
    name = function.__name__
    made = Endpoint(
        name=path,
        origin=f"{function.__module__}.{function.__qualname__}",
        controller=controller,
        function=function,
        parameters=parameters_of(function),
        options=marks.options.over(controller.smallweb_dispatch_options),
        own_access=marks.options.access or "",
        is_public=not (marks.is_private or name.startswith("_")),
        is_task=marks.task is not None,
        is_async=inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function),
    )
    _require_self(made)
    files = [field.name for field in made.parameters.fields if field.is_file]
    if made.is_task and files:
        raise CannotDispatch(
            f"{made.origin} is a task and takes files ({', '.join(files)}), which cannot wait."
        )
    return made


def _require_self(endpoint: Endpoint) -> None:
    first = next(iter(inspect.signature(endpoint.function).parameters), "")
    if endpoint.is_public and first != "self":
        raise CannotDispatch(f"{endpoint.origin} is a method: its first parameter must be self.")


def _is_own(controller: type[Controller], name: str, value: Any) -> bool:
    """Whether it is a function written in the class's body: nothing inherited, imported or made elsewhere."""
    if not inspect.isfunction(value) or name.startswith("__"):
        return False
    body = f"{controller.__qualname__}.{name}"
    return value.__module__ == controller.__module__ and value.__qualname__ == body


def _require_no_arguments(controller: type[Controller]) -> None:
    try:
        inspect.signature(controller).bind()
    except TypeError as error:
        name = f"{controller.__module__}.{controller.__qualname__}"
        raise CannotDispatch(f"{name} is made anew for each request, without arguments: {error}.") from error


def _task_of(endpoint: Endpoint) -> Task[Any, Any]:
    from .background import runner_of

    wishes: Any = marks_of(endpoint.function).task or {}
    try:
        return Task(name=endpoint.task_name, origin=endpoint.origin, function=runner_of(endpoint), **wishes)
    except TypeError as error:
        raise CannotDispatch(f"{endpoint.origin}: @task cannot take this: {error}.") from error
