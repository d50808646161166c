"""What the code says of a controller and of its methods."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import urlsplit

from ..core.access import rule_text
from .exceptions import CannotDispatch

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
METHODS: tuple[Method, ...] = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, kw_only=True)
class Options:
    """Options of a class or of a method; None leaves it to the class, then to the settings.

    ``access``: an access rule, or a function of a user. ``methods``: those of HTTP. ``html``: whether a
    returned str is HTML. ``timeout_s``: for how long a caller waits. ``cors``: origins whose pages may read
    the answers. ``per_minute``: how many requests one caller may send in a minute.
    """

    access: str | None = None
    methods: tuple[Method, ...] | None = None
    html: bool | None = None
    timeout_s: float | None = None
    cors: tuple[str, ...] | None = None
    per_minute: float | None = None

    def over(self, other: Options) -> Options:
        """Return these options, and the other's where these say nothing."""
        said = {name: value for name, value in vars(self).items() if value is not None}
        return replace(other, **said)


def options(
    *,
    access: Any = None,
    methods: Iterable[str] | None = None,
    safe: bool | None = None,
    html: bool | None = None,
    timeout_s: float | None = None,
    cors: Iterable[str] | None = None,
    per_minute: float | None = None,
) -> Options:
    """Check options as users give them. Raises CannotDispatch, BadAccessRule."""
    if methods is not None and safe is not None:
        raise CannotDispatch("methods and safe=... say the same; give one of them.")
    return Options(
        access=None if access is None else rule_text(access),
        methods=_methods(methods, safe),
        html=html,
        timeout_s=_positive("timeout_s", timeout_s),
        cors=None if cors is None else origins(cors),
        per_minute=_positive("per_minute", per_minute),
    )


def origins(given: Iterable[str]) -> tuple[str, ...]:
    """Return origins as browsers send them. Raises CannotDispatch."""
    if isinstance(given, str):
        raise CannotDispatch(f"cors is {given!r}; it must be a list of origins.")
    for origin in given:
        parts = urlsplit(origin)
        if origin != "*" and f"{parts.scheme}://{parts.netloc}" != origin:
            raise CannotDispatch(f"cors names {origin!r}; an origin is like 'https://example.com', or '*'.")
    return tuple(given)


def _methods(given: Iterable[str] | None, is_safe: bool | None) -> tuple[Method, ...] | None:
    if is_safe is not None:
        return ("GET", "POST") if is_safe else ("POST",)
    if given is None:
        return None
    unknown = [repr(name) for name in given if name not in METHODS]
    if isinstance(given, str) or unknown or not given:
        names = given if isinstance(given, str) else ", ".join(unknown)
        raise CannotDispatch(f"methods names {names}; there are {', '.join(METHODS)}, in a list.")
    return tuple(name for name in METHODS if name in given)


def _positive(name: str, value: float | None) -> float | None:
    if value is not None and not value > 0:
        raise CannotDispatch(f"{name} is {value!r}; it must be a number over 0.")
    return value
