"""The configuration of RPCWebApp: the keys of wispyobserver, and what each one means here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from ..exceptions import CannotServe

Folders = str | list[str] | dict[str, str]


class Static(msgspec.Struct, forbid_unknown_fields=True):
    homepage: str = "static/index.html"
    folders: Folders = msgspec.field(default_factory=lambda: {"static": "./static"})

    def routes(self) -> dict[str, Path]:
        """Return the folders by route; a folder without one is served under its own name."""
        if isinstance(self.folders, dict):
            named = self.folders
        else:
            listed = [self.folders] if isinstance(self.folders, str) else self.folders
            named = {Path(folder).name: folder for folder in listed}
        return {route.strip("/"): Path(folder) for route, folder in named.items()}


class Logging(msgspec.Struct, forbid_unknown_fields=True):
    logger: str = "smallweb"
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "WARNING"
    stream: bool = True


class TaskLock(msgspec.Struct, forbid_unknown_fields=True):
    max_workers: int | None = None


class FuncCaller(msgspec.Struct, forbid_unknown_fields=True):
    """``synchronous_default`` and ``check_return_annotation_default`` are read and change nothing: a plain
    function always runs in a thread, and its caller always gets its result.
    """

    locking_default: bool = False
    synchronous_default: bool = True
    max_start_delay_default: float = 3.0
    check_return_annotation_default: bool = True


class Interface(msgspec.Struct, forbid_unknown_fields=True):
    include_internals: bool = False
    include_dunders: bool = False
    max_interface_depth: int = 4
    access_restricting_attributes: list[str] = msgspec.field(
        default_factory=lambda: ["interface_access_restricted"]
    )
    source_access: bool = False


class Instance(msgspec.Struct, forbid_unknown_fields=True):
    """What one object has of its own."""

    locking: str | None = None
    max_start_delay: float | None = None
    source_access: bool | None = None
    access: str | None = None
    owner: Literal["web", "process"] | None = None


class Config(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """``multiprocessed`` and ``upload`` are read and change nothing: an object that is to live in a process
    of its own says ``owner="process"``, and folders that take files belong to another app.
    """

    multiprocessed: bool = False
    base_path: str = "/"
    port: int = 5000
    debug: bool = False
    default_host: str = ""
    address: str = "127.0.0.1"
    autoreload: bool = False
    websocket_max_message_size: int = 2**20
    wispy_static_path: str = "wispyjs"
    data_folder: str = ".smallweb"
    static: Static = msgspec.field(default_factory=Static)
    upload: dict[str, Any] = msgspec.field(default_factory=dict)
    logging_config: Logging = msgspec.field(default_factory=Logging)
    synchronous_task_lock: TaskLock = msgspec.field(default_factory=TaskLock)
    func_caller: FuncCaller = msgspec.field(default_factory=FuncCaller)
    interface: Interface = msgspec.field(default_factory=Interface)
    add_attributes: bool = True
    instance_configs: dict[str, Instance] = msgspec.field(default_factory=dict)


def read_config(given: Mapping[str, Any] | str | Path | None) -> Config:
    """Return the configuration from a dict or from a JSON, TOML or YAML file. Raises CannotServe."""
    try:
        data = _read_file(Path(given)) if isinstance(given, str | Path) else dict(given or {})
        return msgspec.convert(data, Config)
    except (msgspec.MsgspecError, OSError, ImportError) as error:
        raise CannotServe(f"The configuration of RPCWebApp cannot be used: {error}.") from error


def _read_file(path: Path) -> Any:
    text = path.read_bytes()
    if path.suffix == ".json":
        return msgspec.json.decode(text)
    return msgspec.toml.decode(text) if path.suffix == ".toml" else msgspec.yaml.decode(text)
