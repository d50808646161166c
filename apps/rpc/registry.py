"""``serve``: which objects of the code the browser reaches, and under which names."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from ..core.registry import Entry, Registry
from ..core.socket.methods import socket_methods
from .build import Place, endpoints_of, function_endpoint
from .conf import rpc_settings
from .endpoints import Endpoint, FunctionEndpoint
from .exceptions import CannotServe
from .expose import Access
from .options import Options
from .owner.endpoints import forwarded

X = TypeVar("X", bound=Callable[..., Any])


@dataclass(frozen=True, kw_only=True)
class ObjectEntry(Entry):
    """A served object, or a function served by itself."""

    target: Any = field(repr=False)
    options: Options
    endpoints: list[Endpoint] = field(repr=False)
    doc: str = ""


objects: Registry[ObjectEntry] = Registry("object")
endpoints: Registry[Endpoint] = Registry("member")


def serve(
    name: str | None = None,
    /,
    *,
    access: Access | None = None,
    attrs: Mapping[str, str] | None = None,
    expose_public: bool = False,
    locking: str | None = None,
    timeout_s: float | None = None,
    max_start_delay_s: float | None = None,
    owner: Literal["web", "process"] | None = None,
    source_access: bool | None = None,
    **targets: Any,
) -> Callable[[X], X]:
    """Let browsers reach objects: ``serve(sample=sample)``, or ``@serve("sample")`` on a class or function.

    Of an object only that is reached which ``@expose`` marks, which is ``tracked``, or which ``attrs``
    names with a mode (``{"a": "rw"}``; ``"object"`` for one with exposed members of its own).
    ``expose_public=True`` opens all names without an underscore instead. ``access``: who may, ``login``
    unless given. A class under ``@serve`` is called once, without arguments, for the object that is served.

    ``locking``: ``"none"``, ``"object"`` or the name of a lock; calls behind one lock run one at a time.
    ``timeout_s``: how long a call may take, ``max_start_delay_s`` how long it may wait for its start.
    ``owner="process"``: the object lives in the owner process, for all web processes. ``source_access``:
    staff may read the source. Raises CannotServe, AlreadyRegistered, BadAccessRule.
    """
    options = Options(
        access=access,
        attrs=dict(attrs or {}),
        expose_public=expose_public,
        locking=locking,
        timeout_s=timeout_s,
        max_start_delay_s=max_start_delay_s,
        owner=owner,
        source_access=source_access,
    )
    for target_name, target in targets.items():
        _register(target_name, target, options)

    def register(made: X) -> X:
        if name is None:
            raise CannotServe('Give a name to what you decorate: @serve("sample").')
        _register(name, made() if inspect.isclass(made) else made, options)
        return made

    return register


def are_objects_owned() -> bool:
    """Whether any object lives in the owner process."""
    return any(entry.options.is_owned for entry in objects)


@contextmanager
def serving_temporarily() -> Iterator[None]:
    """Forget, at the end of the block, what is served in it."""
    with ExitStack() as stack:
        for registry in (objects, endpoints, socket_methods):
            stack.enter_context(registry.temporarily())
        yield


def _register(name: str, target: Any, options: Options) -> None:
    _require_name(name)
    served: list[Endpoint]
    if inspect.isfunction(target):
        served = [function_endpoint(name, target, options)]
    elif inspect.isclass(target) or inspect.ismodule(target):
        raise CannotServe(
            f"{name} is {target!r}; serve an object, or write @serve({name!r}) above the class."
        )
    else:
        place = Place(object_name=name, path=name, target=target, options=options)
        served = list(endpoints_of(place))
    if options.is_owned:
        served = [forwarded(endpoint) for endpoint in served]
    origin = f"{type(target).__module__}.{type(target).__qualname__}"
    doc = inspect.getdoc(target) or ""
    objects.register(
        ObjectEntry(name=name, origin=origin, target=target, options=options, endpoints=served, doc=doc)
    )
    for endpoint in served:
        endpoints.register(endpoint)
        if isinstance(endpoint, FunctionEndpoint):
            socket_methods.register(endpoint)
    _add_attributes(name, target)


def _require_name(name: str) -> None:
    if not name.isidentifier() or name.startswith("_") or name == "rpc":
        raise CannotServe(f"{name!r} is no name for an object; take letters, digits and '_', and not 'rpc'.")


def _add_attributes(name: str, target: Any) -> None:
    """Tell an object its name and give it a way to publish, unless it has names of its own there."""
    if not rpc_settings().add_attributes or inspect.isfunction(target):
        return
    for attribute, value in (("rpc_name", name), ("rpc_publish", _publisher(name))):
        if hasattr(target, "__dict__") and inspect.getattr_static(target, attribute, None) is None:
            target.__dict__[attribute] = value


def _publisher(name: str) -> Callable[[str, Any], None]:
    def rpc_publish(channel: str, value: Any) -> None:
        """Publish on ``objects/<name of the object>/<channel>``."""
        from ..core.channels import publish
        from .tracked import CHANNELS

        publish(f"{CHANNELS}/{name}/{channel}", value)

    return rpc_publish
