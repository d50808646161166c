"""Finding controllers when the site starts: by walking packages, never by a URL."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from django.apps import apps
from django.utils.module_loading import module_has_submodule

from .conf import dispatch_settings
from .controller import Controller
from .exceptions import CannotDispatch
from .registry import register_controller

PACKAGE = "controllers"


def discover() -> int:
    """Import every module of the controllers packages and register their controllers; return how many.

    What an import raises is raised: a broken module is no missing one.
    """
    count = 0
    for package in controllers_packages():
        for module, library in _modules(package):
            for controller in controllers_of(module):
                register_controller(controller, library=library)
                count += 1
    return count


def controllers_packages() -> list[ModuleType]:
    """Return the packages of the settings, or those called ``controllers`` of installed apps."""
    named = dispatch_settings().controllers
    if named is None:
        named = tuple(
            f"{config.name}.{PACKAGE}"
            for config in apps.get_app_configs()
            if config.module is not None and module_has_submodule(config.module, PACKAGE)
        )
    return [_import_package(name) for name in named]


def controllers_of(module: ModuleType) -> list[type[Controller]]:
    """Return the controllers that a module defines itself, each once: it may have a second name there."""
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Controller)
        and value.__module__ == module.__name__
        and not value.__name__.startswith("_")
    ]
    return list(dict.fromkeys(found))


def _import_package(name: str) -> ModuleType:
    package = importlib.import_module(name)
    if not hasattr(package, "__path__"):
        raise CannotDispatch(f"{name} is a module; controllers are in a package, a folder of that name.")
    return package


def _modules(package: ModuleType) -> Iterator[tuple[ModuleType, str]]:
    """Return each module below a package, imported, and its path there: ``folder/library``."""
    for place in package.__path__:
        for parts in sorted(_module_parts(Path(place), (), frozenset())):
            yield importlib.import_module(".".join((package.__name__, *parts))), "/".join(parts)


def _module_parts(folder: Path, parts: tuple[str, ...], above: frozenset[Path]) -> Iterator[tuple[str, ...]]:
    """Return the names of modules in folders, with or without an ``__init__.py``, as deep as they go."""
    real = folder.resolve()
    if real in above:  # a link that leads back
        return
    for path in folder.iterdir():
        name = path.stem if path.suffix == ".py" else path.name
        if name.startswith("_") or not name.isidentifier():
            continue
        if path.is_dir():
            yield from _module_parts(path, (*parts, name), above | {real})
        elif path.suffix == ".py":
            yield (*parts, name)
