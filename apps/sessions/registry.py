"""``htag_app`` and ``asgi_app``: the apps of which every visitor has a process of their own."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from ..core.access import rule_text
from ..core.registry import Entry, Registry
from .exceptions import CannotHost

METHODS = ("rendered", "any")
_RESERVED = ("mine", "session")


@dataclass(frozen=True, kw_only=True)
class HostedApp(Entry):
    """An app at ``apps/<name>/``; None, and an empty ``access``, leave it to the settings.

    ``target`` is ``package.module:App``, ``file`` that of a module that was started as a program. ``python``:
    the interpreter, this one if empty. ``path``: folders that come first in its ``sys.path``. ``django``:
    whether models may be used. ``methods``: which of a tag's methods a page may call, those that were
    ``rendered`` or exposed, or ``any``. ``takes_init``: whether another query string is another instance. The
    limits are those of ``SMALLWEB_SESSIONS``.
    """

    target: str
    file: str = ""
    python: str = ""
    path: tuple[str, ...] = ()
    django: bool = False
    access: str = ""
    http_only: bool = False
    parano: bool = False
    debug: bool = False
    methods: str = "rendered"
    takes_init: bool = True
    timeout_interaction_s: float | None = None
    timeout_inactivity_s: float | None = None
    max_per_visitor: int | None = None
    max_per_app: int | None = None
    memory_mb: int | None = None
    cpu_s: int | None = None
    file_mb: int | None = None
    open_files: int | None = None


apps: Registry[HostedApp] = Registry("app")


def htag_app(name: str, target: Any, **options: Any) -> HostedApp:
    """Host a htag app at ``apps/<name>/``: ``"package.module.App"``, ``"package.module:App"``, a module with
    ``App`` in it, or the class itself. The options are those of ``HostedApp``.

    Raises CannotHost, BadAccessRule, AlreadyRegistered.
    """
    _require_name(name)
    return apps.register(describe_app(name, target, origin=_caller_module(), **options))


def asgi_app(name: str, target: Any, **options: Any) -> HostedApp:
    """Host an ASGI application at ``apps/<name>/``, named as ``"package.module:app"``; HTTP and websockets
    pass through as they are. The options are those of ``HostedApp``.

    Raises CannotHost, BadAccessRule, AlreadyRegistered.
    """
    _require_name(name)
    origin = _caller_module()
    return apps.register(describe_app(name, target, origin=origin, **{"takes_init": False, **options}))


def describe_app(name: str, target: Any, *, origin: str = "", **options: Any) -> HostedApp:
    """Return the app without registering it; without a name it has that of its target.

    Raises CannotHost, BadAccessRule.
    """
    found, file = _target_of(target)
    name = name or (f"{Path(file).name}:{found}" if file else found)
    if "access" in options:
        options["access"] = rule_text(options["access"]) if options["access"] else ""
    if "path" in options:
        options["path"] = _folders(options["path"])
    try:
        made = HostedApp(name=name, origin=origin or found, target=found, file=file, **options)
    except TypeError as error:
        raise CannotHost(f"The app {name!r} has an option that there is not: {error}.") from error
    return override(made)


def override(app: HostedApp, **options: Any) -> HostedApp:
    """Return the app with other options; None leaves one as it is. Raises CannotHost."""
    given = {name: value for name, value in options.items() if value is not None}
    try:
        made = replace(app, **given)
    except TypeError as error:
        raise CannotHost(f"The app {app.name!r} has an option that there is not: {error}.") from error
    if made.methods not in METHODS:
        raise CannotHost(f"methods is {made.methods!r}; it must be one of {', '.join(METHODS)}.")
    for limit in ("timeout_interaction_s", "timeout_inactivity_s", "max_per_visitor", "max_per_app",
                  "memory_mb", "cpu_s", "file_mb", "open_files"):  # fmt: skip
        value = getattr(made, limit)
        if value is not None and not value >= 0:
            raise CannotHost(f"{limit} is {value!r}; it must be a number, and 0 for no limit.")
    return made


def _target_of(target: Any) -> tuple[str, str]:
    """Return the name by which another process imports it, and the file where there is no such name."""
    if isinstance(target, str):
        if "." not in target and ":" not in target:
            raise CannotHost(f"{target!r} does not say where the app is; write 'package.module:App'.")
        return target, ""
    if isinstance(target, ModuleType):
        if not hasattr(target, "App"):
            raise CannotHost(f"The module {target.__name__} has no App; give the class itself.")
        return f"{target.__name__}:App", ""
    if not inspect.isclass(target) or "<locals>" in target.__qualname__:
        raise CannotHost(
            f"{target!r:.200} cannot be found from another process; give a class at the top of a module, or "
            "its name as 'package.module:App'."
        )
    if target.__module__ == "__main__":
        return target.__qualname__, str(Path(inspect.getfile(target)).absolute())
    return f"{target.__module__}:{target.__qualname__}", ""


def _folders(given: Any) -> tuple[str, ...]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise CannotHost(f"path is {given!r}; it must be a list of folders.")
    return tuple(os.fspath(folder) for folder in given)


def _require_name(name: str) -> None:
    is_fit = 1 <= len(name) <= 100 and name.replace("-", "_").isidentifier()
    if not is_fit or name in _RESERVED:
        raise CannotHost(
            f"The app is called {name!r:.120}; a name has letters, digits, _ and -, begins with a letter, "
            f"and is none of {', '.join(_RESERVED)}."
        )


def _caller_module() -> str:
    frame = sys._getframe(2)
    return str(frame.f_globals.get("__name__", ""))
