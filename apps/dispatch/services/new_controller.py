"""Write a new controller into a package of controllers."""

from __future__ import annotations

import keyword
import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from django.apps import apps

from ..conf import dispatch_settings
from ..controller_source import source_of, with_class
from ..discovery import PACKAGE
from ..exceptions import CannotDispatch
from ..registry import endpoints

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)


def new_controller(path: str, *, folder: Path) -> Path:
    """Write ``<folders>/<library>/<Class>`` below a package of controllers; return the file.

    A library that is there keeps all its bytes and gets the class added. Raises CannotDispatch.
    """
    *parts, name = _names(path)
    if any(one.class_name == path for one in endpoints):
        raise CannotDispatch(f"There is a controller {path} already; choose another name.")
    file = _require_inside(folder, folder.joinpath(*parts).with_suffix(".py"))
    _require_free(folder, parts)
    content = with_class(file.read_bytes(), name, place=str(file)) if file.exists() else source_of(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.parent == folder and not (folder / "__init__.py").exists():
        (folder / "__init__.py").touch()
    _replace(file, content)
    return file


def controllers_folders() -> dict[str, Path]:
    """Return the folders that controllers may be written to, by the dotted names of their packages."""
    named = dispatch_settings().controllers
    folders = {
        f"{config.name}.{PACKAGE}": Path(config.path) / PACKAGE
        for config in apps.get_app_configs()
        if config.module is not None
    }
    return folders if named is None else {name: folders[name] for name in named if name in folders}


def choose_folder(app: str | None) -> Path:
    """Return the folder of the app with this name or label; of None that of the only app with controllers.

    Raises CannotDispatch.
    """
    folders = controllers_folders()
    if app is None:
        there = {name: folder for name, folder in folders.items() if folder.is_dir()}
        if len(there) == 1:
            return next(iter(there.values()))
        names = ", ".join(name.removesuffix(f".{PACKAGE}") for name in there)
        found = f"{names} have controllers" if there else "No app has a folder of controllers yet"
        raise CannotDispatch(f"{found}; say with --app into which one to write.")
    label = {config.label: config.name for config in apps.get_app_configs()}.get(app, app)
    folder = folders.get(f"{label}.{PACKAGE}")
    if folder is None:
        raise CannotDispatch(f"No app {app!r} whose controllers are found; --app takes a name or a label.")
    return folder


def _names(path: str) -> Sequence[str]:
    names = path.strip("/").split("/") if path == path.strip("/") else [""]
    wrong = [name for name in names if not _NAME.fullmatch(name) or keyword.iskeyword(name)]
    if wrong or len(names) < 2:
        given = f"{path!r} has {wrong[0]!r}" if wrong else f"{path!r} is one name"
        raise CannotDispatch(f"{given}; write folder/library/Class, of letters, digits and '_'.")
    return names


def _require_inside(folder: Path, file: Path) -> Path:
    """A link could lead out of the package."""
    if not file.resolve().is_relative_to(folder.resolve()):
        raise CannotDispatch(f"{file} leads out of {folder}; choose another folder.")
    return file


def _require_free(folder: Path, parts: Sequence[str]) -> None:
    """A package hides the module of its name, and the other way round."""
    if folder.joinpath(*parts).is_dir():
        raise CannotDispatch(f"{'/'.join(parts)} is a folder; a library needs another name.")
    for count in range(1, len(parts)):
        above = folder.joinpath(*parts[:count])
        if above.with_suffix(".py").exists():
            raise CannotDispatch(f"{'/'.join(parts[:count])} is a library; a folder needs another name.")


def _replace(file: Path, content: bytes) -> None:
    """Write it whole or not at all."""
    mode = file.stat().st_mode if file.exists() else None
    handle, beside = tempfile.mkstemp(prefix=".new-", dir=file.parent)
    with os.fdopen(handle, "wb") as written:
        written.write(content)
    Path(beside).chmod(0o644 if mode is None else mode & 0o7777)
    Path(beside).replace(file)
