"""Settings: one dict an app, typed defaults, read when used."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec
from django.conf import settings

S = TypeVar("S", bound=msgspec.Struct)


class AppSettings(Generic[S]):
    """The settings dict called ``name``, seen through the fields and defaults of ``schema``.

    Keys of the dict are the upper-cased field names. Calling the object gives the values of this
    moment, so ``override_settings`` works; unusable keys and values fall back to their defaults
    and are reported by ``problems``, which every app turns into system check errors.
    """

    def __init__(self, name: str, schema: type[S]) -> None:
        self.name = name
        self.schema = schema
        self._seen: tuple[Any, S, list[str]] | None = None

    def __call__(self) -> S:
        return self._read()[1]

    def problems(self) -> list[str]:
        """Return one sentence for each unknown key and each value of the wrong type."""
        return list(self._read()[2])

    def _read(self) -> tuple[Any, S, list[str]]:
        # What LazySettings does for a setting that is not there costs as much as a small call.
        held: Any = vars(settings).get("_wrapped") if settings.configured else settings
        given = getattr(held, self.name, None)
        if self._seen is None or self._seen[0] is not given:
            self._seen = (given, *self._parse(given or {}))
        return self._seen

    def _parse(self, given: Any) -> tuple[S, list[str]]:
        if not isinstance(given, dict):
            return self.schema(), [f"{self.name} is {given!r}; it must be a dict."]
        known = {field.upper(): field for field in self.schema.__struct_fields__}
        types = {field.name: field.type for field in msgspec.structs.fields(self.schema)}
        values: dict[str, Any] = {}
        problems = []
        for key, value in given.items():
            if key not in known:
                problems.append(f"{self.name} has no key {key!r}.{_nearest(str(key), known)}")
                continue
            try:
                values[known[key]] = msgspec.convert(value, types[known[key]], dec_hook=_as_path)
            except msgspec.ValidationError as error:
                problems.append(f"{self.name}[{key!r}] is {value!r}: {error}.")
        return self.schema(**values), problems


def _nearest(key: str, known: dict[str, str]) -> str:
    nearest = difflib.get_close_matches(key.upper(), known, n=1)
    return f" Did you mean {nearest[0]!r}?" if nearest else f" Known keys: {', '.join(sorted(known))}."


def _as_path(wanted: type, value: Any) -> Any:
    if wanted is Path and isinstance(value, str | Path):
        return Path(value)
    raise msgspec.ValidationError(f"expected {wanted.__name__}, got {type(value).__name__}")


class CoreSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``SMALLWEB_CORE``.

    ``sites``: URL prefix (no slashes at its ends; ``""`` is the root) to the folder whose files are
    served there and whose pages jobs may change. ``run_dir``: a private folder for sockets and lock
    files. ``bus_url``: ``sqlite:///<file>``, ``redis://...`` or ``postgres://...``, what carries
    publications between processes. ``max_body_bytes``: the largest request body that the server takes.
    """

    sites: dict[str, Path] = {}
    run_dir: Path = Path("var/run")
    bus_url: str = "sqlite:///var/bus.sqlite3"
    max_body_bytes: int = 10 * 2**20
    fsync: bool = True
    socket_max_message_bytes: int = 256 * 2**10
    socket_messages_per_s: float = 100.0
    socket_burst: int = 200
    socket_client_messages_per_s: float = 400.0
    socket_client_burst: int = 800
    socket_max_in_flight: int = 32
    socket_max_subscriptions: int = 100
    socket_max_queued_messages: int = 256
    socket_max_queued_bytes: int = 2**20
    socket_max_per_client: int = 20
    socket_max_result_bytes: int = 4 * 2**20
    socket_threads: int = 8
    socket_ping_interval_s: float = 25.0
    task_timeout_s: float = 300.0
    task_max_attempts: int = 3
    task_retry_delay_s: float = 5.0
    task_max_result_bytes: int = 2**20
    task_keep_days: float = 7.0
    health_token: str = ""
    health_min_free_bytes: int = 2**30


core_settings = AppSettings("SMALLWEB_CORE", CoreSettings)
