"""From the name of an app to the application that serves it."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from pathlib import Path
from typing import Any

DEFAULT_NAME = "App"


class NoSuchApp(Exception):
    """The name leads to nothing that can be served."""


def find_target(name: str, file: str = "") -> Any:
    """Return what ``package.module.App``, ``package.module:App`` or a module with ``App`` in it stands for.

    ``file`` is that of the module where it was started as a program. Raises NoSuchApp, and what the import
    raises.
    """
    if file:
        return _attribute(_load_file(file), name)
    module_name, colon, attribute = name.partition(":")
    if colon:
        return _attribute(importlib.import_module(module_name), attribute)
    parent, _, last = name.rpartition(".")
    if parent and not _is_module(name):
        return _attribute(importlib.import_module(parent), last)
    return _attribute(importlib.import_module(name), DEFAULT_NAME)


def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, AttributeError, ValueError):  # its parent is no package
        return False


def _attribute(module: Any, path: str) -> Any:
    found = module
    for part in path.split("."):
        if not hasattr(found, part):
            raise NoSuchApp(f"{module.__name__} has no {path}; name a class or an application that is in it.")
        found = getattr(found, part)
    return found


def _load_file(file: str) -> Any:
    name = Path(file).stem
    folder = str(Path(file).absolute().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise NoSuchApp(f"{file} is no Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def kind_of(target: Any) -> str:
    """Return ``htag1``, ``htag2`` or ``asgi``. Raises NoSuchApp."""
    htag = sys.modules.get("htag")
    if htag is not None and inspect.isclass(target):
        is_new = hasattr(htag, "ChromeApp") or hasattr(htag, "WebApp")
        base = importlib.import_module("htag.core").App if is_new else htag.Tag
        if issubclass(target, base):
            return "htag2" if is_new else "htag1"
    if inspect.isclass(target) or not callable(target):
        raise NoSuchApp(
            f"{target!r:.200} is no htag class and no ASGI application; for a factory give what it returns."
        )
    return "asgi"
